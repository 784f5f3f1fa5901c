// The best items of a user, as of now. `call` sends a Redis command and returns its reply: a String, a List of Long, or
// null; as words -> jedis.sendCommand(...) with the reply decoded. Live lists may be kept for a second.
import java.util.*; import java.util.function.Function;
public class Top {
  private final String s; private int at = 0; // JSON as Sluice writes it: no spaces between tokens
  private Top(String text) { s = text; }
  private Object value() {
    char c = s.charAt(at);
    if (c == '"') return text();
    if (c == '[') { List<Object> list = new ArrayList<>(); while (s.charAt(at++) != ']') { if (s.charAt(at) == ']') { at++; break; } list.add(value()); if (s.charAt(at) == ']') { at++; break; } } return list; }
    if (c == '{') { Map<String, Object> map = new HashMap<>(); while (s.charAt(at++) != '}') { String key = text(); at++; map.put(key, value()); if (s.charAt(at) == '}') { at++; break; } } return map; }
    int from = at; while (at < s.length() && ",]}".indexOf(s.charAt(at)) < 0) at++; return Double.valueOf(s.substring(from, at));
  }
  private String text() {
    StringBuilder out = new StringBuilder();
    for (at++; s.charAt(at) != '"'; at++) {
      char c = s.charAt(at); if (c != '\\') { out.append(c); continue; }
      c = s.charAt(++at); if (c == 'u') { out.append((char) Integer.parseInt(s.substring(at + 1, at + 5), 16)); at += 4; } else { int i = "bfnrt".indexOf(c); out.append(i < 0 ? c : "\b\f\n\r\t".charAt(i)); }
    } at++; return out.toString();
  }
  static boolean seen(String codes, String item) {
    int code = 0x811C9DC5; for (byte b : item.getBytes(java.nio.charset.StandardCharsets.UTF_8)) code = (code ^ (b & 255)) * 16777619;
    code = (code ^ code >>> 18) & 0x3FFFF; String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    String text = "" + alphabet.charAt(code >> 12) + alphabet.charAt(code >> 6 & 63) + alphabet.charAt(code & 63);
    for (int i = 0; i + 3 <= codes.length(); i += 3) if (codes.startsWith(text, i)) return true;
    return false;
  }
  @SuppressWarnings("unchecked") public static List<Map.Entry<String, Double>> top(Function<List<String>, Object> call, String user, int n, String prefix) {
    String text = (String) call.apply(List.of("GET", prefix + ":user:" + user)); if (text == null) text = (String) call.apply(List.of("GET", prefix + ":popular")); if (text == null) return List.of();
    Map<String, Object> list = (Map<String, Object>) new Top(text).value(); List<Map<String, Object>> items = (List<Map<String, Object>>) list.get("items");
    Map<String, Double> ranked = new LinkedHashMap<>(), common = new LinkedHashMap<>(); int history = list.get("base") == null ? 0 : ((Double) list.get("history")).intValue();
    double pause = history == 0 ? 0 : System.currentTimeMillis() - (Double) list.get("last_ms"); String live = list.get("base") == null ? null : (String) call.apply(List.of("GET", prefix + ":live:" + (history == 0 ? 0 : 3 * history - 2 + (pause < 1800e3 ? 0 : pause < 86400e3 ? 1 : 2))));
    if (live != null) for (List<Object> entry : (List<List<Object>>) ((Map<String, Object>) new Top(live).value()).get("items")) common.put((String) entry.get(0), (Double) entry.get(1));
    double least = common.values().stream().mapToDouble(c -> c).min().orElse(0); for (Map<String, Object> i : items) ranked.put((String) i.get("id"), common.isEmpty() ? (Double) i.get("score") : (Double) i.get("own") + common.getOrDefault(i.get("id"), Math.min((Double) i.get("common"), least)));
    if (!common.isEmpty()) for (List<Object> k : (List<List<Object>>) list.get("kept")) ranked.put((String) k.get(0), (Double) k.get(1) + common.getOrDefault(k.get(0), Math.min((Double) k.get(2), least)));
    common.forEach((id, part) -> { if (!ranked.containsKey(id) && !seen((String) list.get("seen"), id)) ranked.put(id, (Double) list.get("base") + part); });
    List<Map.Entry<String, Double>> best = new ArrayList<>(ranked.entrySet()); if (!common.isEmpty()) best.sort(Map.Entry.<String, Double>comparingByValue().reversed());
    best.removeIf(entry -> (Long) call.apply(List.of("SISMEMBER", prefix + ":hidden", entry.getKey())) == 1); return best.subList(0, Math.min(best.size(), n));
  }
}
