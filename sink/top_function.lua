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

-- The document of either format: entries in three arrays, the first `shown` of them its list, and what else merging takes.
local function read_json(text)
  local document = cjson.decode(text)
  local ids, owns, commons = {}, {}, {}
  for i, item in ipairs(document.items) do
    ids[i], owns[i], commons[i] = item.id, item.own or item.score, item.common or 0
  end
  document.shown = #ids
  for i, item in ipairs(document.kept or {}) do
    local at = document.shown + i
    ids[at], owns[at], commons[at] = item[1], item[2], item[3]
  end
  document.ids, document.owns, document.commons = ids, owns, commons
  return document
end

local function read_compact(text)
  local user, count, at = struct.unpack('<HH', text, 41)
  at = at + user
  for _ = 1, string.byte(text, 4) do at = at + 1 + string.byte(text, at) end
  local ids, owns, commons = {}, {}, {}
  for i = 1, count do
    local score, why, size, id = struct.unpack('<fBH', text, at)
    at = id + why + size
    ids[i], owns[i], commons[i] = string.sub(text, id + why, at - 1), score, 0
  end
  local document = {ids = ids, owns = owns, commons = commons, shown = count}
  if at > #text then return document end
  local kept, seen
  document.last_ms, document.base, document.history, kept, seen, at = struct.unpack('<i8i4BHH', text, at)
  document.base = document.base / 10000
  for i = 1, count do
    local own, common
    own, common, at = struct.unpack('<i4i4', text, at)
    owns[i], commons[i] = own / 10000, common / 10000
  end
  for i = count + 1, count + kept do
    local own, common, size
    own, common, size, at = struct.unpack('<i4i4H', text, at)
    ids[i], owns[i], commons[i] = string.sub(text, at, at + size - 1), own / 10000, common / 10000
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

local function hidden_items()
  local some_hidden = redis.call('EXISTS', prefix .. 'hidden') == 1
  return function(id) return some_hidden and redis.call('SISMEMBER', prefix .. 'hidden', id) == 1 end
end

-- The n best of what add() is given; of equal scores the one that came first. Hidden items are passed over.
local function best_of(n, is_hidden)
  local ids, scores, count = {}, {}, 0
  local function add(id, score)
    if count == n and score <= scores[n] then return false end
    if is_hidden(id) then return true end
    if count < n then count = count + 1 end
    local at = count
    while at > 1 and scores[at - 1] < score do
      ids[at], scores[at] = ids[at - 1], scores[at - 1]
      at = at - 1
    end
    ids[at], scores[at] = id, score
    return true
  end
  return add, ids, scores
end

local function merge(document, live, add)
  local kept, seen = {}, {}
  local least = live.items[#live.items][2]
  for i, id in ipairs(document.ids) do
    kept[id] = true
    add(id, document.owns[i] + (live.common[id] or math.min(document.commons[i], least)))
  end
  for at = 1, #document.seen, 3 do seen[string.sub(document.seen, at, at + 2)] = true end
  local some_seen = #document.seen > 0
  for _, item in ipairs(live.items) do
    local id = item[1]
    if not kept[id] and not (some_seen and seen[seen_code(id)]) then
      if not add(id, document.base + item[2]) then return end -- no later one is better
    end
  end
end

local function top(keys, arguments)
  local text = redis.call('GET', keys[1]) or redis.call('GET', prefix .. 'popular')
  if not text then return {} end
  local document = string.sub(text, 1, 2) == 'SL' and read_compact(text) or read_json(text)
  local n = tonumber(arguments[1]) or document.shown
  if n < 1 then return {} end
  local is_hidden = hidden_items()
  local add, ids, scores = best_of(n, is_hidden)
  local live = document.base and live_list(document)
  if live then
    merge(document, live, add)
  else
    for i = 1, document.shown do
      local id = document.ids[i]
      if #ids < n and not is_hidden(id) then
        scores[#ids + 1] = document.owns[i] + document.commons[i]
        ids[#ids + 1] = id
      end
    end
  end
  local out = {}
  for i, id in ipairs(ids) do
    out[2 * i - 1], out[2 * i] = id, string.format('%.4f', scores[i])
  end
  return out
end

redis.register_function{function_name = 'NAME_top', callback = top, flags = {'no-writes'}}
