#include "ingest/synthetic_titles.h"

#include <array>

namespace sluice::ingest {
namespace {

constexpr std::uint32_t kThemeCount = 12;
constexpr std::uint32_t kNounCount = 16;
constexpr std::uint32_t kMoodCount = kSyntheticClusters / kThemeCount;
constexpr std::uint32_t kAdjectiveCount = 20;

struct Theme {
  std::string_view name;
  std::array<std::string_view, kNounCount> nouns;
};

constexpr std::array<Theme, kThemeCount> kThemes = {{
    {"sea",
     {"Harbour", "Lighthouse", "Tide", "Sailor", "Anchor", "Island", "Coral", "Lagoon", "Schooner", "Gull",
      "Driftwood", "Captain", "Pearl", "Reef", "Mermaid", "Undertow"}},
    {"space",
     {"Comet", "Orbit", "Astronaut", "Nebula", "Moonbase", "Signal", "Eclipse", "Telescope", "Satellite",
      "Stardust", "Airlock", "Galaxy", "Meteor", "Launch", "Gravity", "Horizon"}},
    {"kitchen",
     {"Bakery", "Supper", "Pepper", "Chef", "Dumpling", "Recipe", "Teapot", "Saffron", "Noodle", "Oven",
      "Picnic", "Marmalade", "Lemon", "Banquet", "Pancake", "Cellar"}},
    {"winter",
     {"Snowfall", "Glacier", "Sleigh", "Frost", "Blizzard", "Skater", "Icicle", "Fireside", "Avalanche",
      "Mitten", "Aurora", "Husky", "December", "Lantern", "Chalet", "Thaw"}},
    {"western",
     {"Saddle", "Canyon", "Sheriff", "Prairie", "Coyote", "Saloon", "Stagecoach", "Rancher", "Dust",
      "Mustang", "Outlaw", "Railroad", "Cactus", "Frontier", "Lasso", "Sundown"}},
    {"detective",
     {"Alibi", "Inspector", "Shadow", "Witness", "Cipher", "Fingerprint", "Motive", "Informer", "Verdict",
      "Suspect", "Locket", "Typewriter", "Clue", "Masquerade", "Staircase", "Letter"}},
    {"music",
     {"Serenade", "Trumpet", "Melody", "Waltz", "Drummer", "Nocturne", "Chorus", "Fiddle", "Ballad", "Encore",
      "Rhythm", "Soprano", "Jukebox", "Overture", "Piano", "Refrain"}},
    {"garden",
     {"Orchard", "Gardener", "Rose", "Hedgerow", "Beehive", "Lavender", "Greenhouse", "Wisteria", "Seed",
      "Sunflower", "Scarecrow", "Fountain", "Thistle", "Meadow", "Bramble", "Sparrow"}},
    {"racing",
     {"Chequered Flag", "Grand Prix", "Throttle", "Pit Stop", "Bicycle", "Regatta", "Finish Line",
      "Slipstream", "Marathon", "Jockey", "Hairpin", "Engine", "Podium", "Relay", "Underdog", "Rally"}},
    {"mountain",
     {"Summit", "Ridge", "Shepherd", "Cable Car", "Echo", "Climber", "Eagle", "Base Camp", "Boulder", "Pass",
      "Monastery", "Waterfall", "Valley", "Footbridge", "Marmot", "North Face"}},
    {"castle",
     {"Dragon", "Throne", "Knight", "Spell", "Tower", "Wizard", "Sword", "Moat", "Jester", "Crown", "Unicorn",
      "Dungeon", "Prophecy", "Squire", "Goblet", "Raven"}},
    {"robot",
     {"Android", "Circuit", "Machine", "Clockwork", "Inventor", "Laboratory", "Transistor", "Automaton",
      "Battery", "Algorithm", "Magnet", "Prototype", "Antenna", "Gearbox", "Switchboard", "Sensor"}},
}};

constexpr std::array<std::array<std::string_view, kAdjectiveCount>, kMoodCount> kAdjectives = {{
    {"Golden",  "Merry",    "Little",   "Bright",  "Dancing",  "Velvet",  "Lucky",
     "Sunday",  "Laughing", "Honest",   "Paper",   "Borrowed", "Gentle",  "Second",
     "Curious", "Summer",   "Barefoot", "Singing", "Painted",  "Unlikely"},
    {"Silent", "Last",     "Broken",    "Midnight", "Hollow",  "Forgotten", "Crimson",
     "Lonely", "Burning",  "Iron",      "Stolen",   "Distant", "Endless",   "Hidden",
     "Bitter", "Restless", "Vanishing", "Cold",     "Seventh", "Fallen"},
}};

constexpr std::uint32_t kFirstYear = 1950;
constexpr std::uint32_t kYears = 75;

// A few independent small draws from one number (SplitMix64's finaliser).
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : bits_(seed + 0x9E3779B97F4A7C15ULL) {
    bits_ = (bits_ ^ (bits_ >> 30)) * 0xBF58476D1CE4E5B9ULL;
    bits_ = (bits_ ^ (bits_ >> 27)) * 0x94D049BB133111EBULL;
    bits_ ^= bits_ >> 31;
  }
  std::uint32_t below(std::uint32_t bound) {
    const auto drawn = static_cast<std::uint32_t>(bits_ % bound);
    bits_ /= bound;
    return drawn;
  }

 private:
  std::uint64_t bits_;
};

}  // namespace

std::string synthetic_title(std::uint32_t number, std::uint32_t cluster) {
  Draws draws(number);
  const Theme& theme = kThemes[cluster % kThemeCount];
  const std::string adjective(kAdjectives[cluster / kThemeCount % kMoodCount][draws.below(kAdjectiveCount)]);
  const std::uint32_t first = draws.below(kNounCount);
  const std::uint32_t second = (first + 1 + draws.below(kNounCount - 1)) % kNounCount;
  const std::string noun(theme.nouns[first]);
  const std::string other(theme.nouns[second]);
  std::string name;
  switch (draws.below(4)) {
    case 0:
      name = adjective + " " + noun;
      break;
    case 1:
      name = "The " + adjective + " " + noun;
      break;
    case 2:
      name = "The " + noun + " and the " + adjective + " " + other;
      break;
    default:
      name = adjective + " " + noun + ", " + other;
      break;
  }
  return name + " (" + std::to_string(kFirstYear + draws.below(kYears)) + ")";
}

std::string_view synthetic_theme(std::uint32_t cluster) {
  return kThemes[cluster % kThemeCount].name;
}

}  // namespace sluice::ingest
