-- FCALL_RO sluice_top 1 sluice:user:<id> [n]: the user's best items of now, as a flat array of id, score,
-- id, score, ...; for a user without a list those of everybody. Keys beside the given one are read, so this
-- is for a server without cluster mode. Live lists are decoded once for each version of them.
local prefix = 'PREFIX:'
local alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
local cache = {}

local function seen_code(id)
  local hash = 2166136261
  for i = 1, #id do
    hash = bit.bxor(hash, string.byte(id, i)) % 4294967296
    hash = (hash * 403 + (hash % 256) * 16777216) % 4294967296
  end
  local code = bit.bxor(hash % 262144, math.floor(hash / 262144))
  local function digit(at) return string.sub(alphabet, at + 1, at + 1) end
  return digit(math.floor(code / 4096)) .. digit(math.floor(code / 64) % 64) .. digit(code % 64)
end

-- The document's fields, of either format: entries of {id, own, common}, the first `shown` of them its list.
local function read_json(text)
  local document = cjson.decode(text)
  local entries = {}
  for i, item in ipairs(document.items) do entries[i] = {item.id, item.own or item.score, item.common or 0} end
  local shown = #entries
  for _, kept in ipairs(document.kept or {}) do entries[#entries + 1] = kept end
  return {entries = entries, shown = shown, base = document.base, history = document.history,
          last_ms = document.last_ms, seen = document.seen}
end

local function read_compact(text)
  local names = string.byte(text, 4)
  local user, count, at = struct.unpack('<HH', text, 41)
  at = at + user
  for _ = 1, names do at = at + 1 + string.byte(text, at) end
  local entries, scores = {}, {}
  for i = 1, count do
    local score, why, size, id = struct.unpack('<fBH', text, at)
    entries[i] = {string.sub(text, id + why, id + why + size - 1), score, 0}
    at = id + why + size
  end
  local document = {entries = entries, shown = count}
  if at > #text then return document end
  local kept, seen
  document.last_ms, document.base, document.history, kept, seen, at = struct.unpack('<i8i4BHH', text, at)
  document.base = document.base / 10000
  for i = 1, count do
    local own, common
    own, common, at = struct.unpack('<i4i4', text, at)
    entries[i][2], entries[i][3] = own / 10000, common / 10000
  end
  for i = count + 1, count + kept do
    local own, common, size
    own, common, size, at = struct.unpack('<i4i4H', text, at)
    entries[i] = {string.sub(text, at, at + size - 1), own / 10000, common / 10000}
    at = at + size
  end
  document.seen = string.sub(text, at, at + seen - 1)
  return document
end

local function live_list(document)
  local context = 0
  if document.history > 0 then
    local time = redis.call('TIME')
    local pause = time[1] * 1000 + math.floor(time[2] / 1000) - document.last_ms
    context = 3 * document.history - 2 + (pause < 1800000 and 0 or (pause < 86400000 and 1 or 2))
  end
  local text = redis.call('GET', prefix .. 'live:' .. context)
  if not text then return nil end
  local live = cache[context]
  if live and live.text == text then return live end
  live = {text = text, items = cjson.decode(text).items, common = {}}
  for _, item in ipairs(live.items) do live.common[item[1]] = item[2] end
  if #live.items == 0 then return nil end
  cache[context] = live
  return live
end

local function merge(document, live)
  local merged, kept, seen = {}, {}, {}
  local least = live.items[#live.items][2]
  for i, entry in ipairs(document.entries) do
    local common = live.common[entry[1]] or math.min(entry[3], least)
    kept[entry[1]] = true
    merged[i] = {entry[1], entry[2] + common, i}
  end
  for at = 1, #document.seen, 3 do seen[string.sub(document.seen, at, at + 2)] = true end
  for _, item in ipairs(live.items) do
    if not kept[item[1]] and not (next(seen) and seen[seen_code(item[1])]) then
      merged[#merged + 1] = {item[1], document.base + item[2], #merged + 1}
    end
  end
  table.sort(merged, function(a, b)
    if a[2] ~= b[2] then return a[2] > b[2] end
    return a[3] < b[3]
  end)
  return merged
end

local function top(keys, arguments)
  local text = redis.call('GET', keys[1]) or redis.call('GET', prefix .. 'popular')
  if not text then return {} end
  local document = string.sub(text, 1, 2) == 'SL' and read_compact(text) or read_json(text)
  local live = document.base and live_list(document)
  local list = document.entries
  local most = document.shown
  if live then
    list = merge(document, live)
  else
    list = {}
    for i = 1, most do
      local entry = document.entries[i]
      list[i] = {entry[1], entry[2] + entry[3]}
    end
  end
  local n = math.min(tonumber(arguments[1]) or most, most)
  local some_hidden = redis.call('EXISTS', prefix .. 'hidden') == 1
  local out = {}
  for _, entry in ipairs(list) do
    if #out == 2 * n then break end
    if not some_hidden or redis.call('SISMEMBER', prefix .. 'hidden', entry[1]) == 0 then
      out[#out + 1] = entry[1]
      out[#out + 1] = string.format('%.4f', entry[2])
    end
  end
  return out
end

redis.register_function{function_name = 'NAME_top', callback = top, flags = {'no-writes'}}
