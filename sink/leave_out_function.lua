
-- FCALL sluice_leave_out 1 sluice:user:<id> n raw quoted [raw quoted ...]: takes items out of the list where it
-- lies; each is given as its bytes and as JSON writes it. The best of the entries kept behind the list move up, so
-- that it stays as long as it was. All else in the document, its version and its TTL stay. The reply: 0 if there
-- was nothing to take out, 1 if it is done, 2 if it is done and fewer than n entries are left, 3 if that is no list.

-- Without the bytes from first to last, and without a comma beside them.
local function cut(text, first, last)
  if string.byte(text, first - 1) == 44 then
    first = first - 1
  elseif string.byte(text, last + 1) == 44 then
    last = last + 1
  end
  return string.sub(text, 1, first - 1) .. string.sub(text, last + 1)
end

-- Where the JSON string that begins at `at` ends.
local function string_end(text, at)
  while true do
    at = string.find(text, '["\\]', at + 1)
    if string.byte(text, at) == 34 then return at end
    at = at + 1
  end
end

-- Quotes inside strings are escaped: what is looked for here is never part of an id.
local function json_move_up(text)
  local kept = string.find(text, ',"kept":[[', 1, true)
  if not kept then return nil end
  local first = kept + 9
  local id_last = string_end(text, first + 1)
  local own, common, last = string.match(text, '^,([^,]+),([^%]]+)()%]', id_last + 1)
  local id = string.sub(text, first + 1, id_last)
  text = cut(text, first, last)
  local items_last = string.find(text, '],"epoch":', 1, true)
  local least = tonumber(string.match(string.sub(text, 1, items_last), '^.*,"score":([^,]+),'))
  local score = own + common
  if least and least < score then score = least end
  local before = string.byte(text, items_last - 1) == 91 and '{"id":' or ',{"id":'
  return table.concat({string.sub(text, 1, items_last - 1), before, id, ',"score":', string.format('%.9g', score),
    ',"why":[],"own":', own, ',"common":', common, '}', string.sub(text, items_last)})
end

local function leave_out_json(text, arguments)
  local lost, changed = 0, false
  for i = 3, #arguments, 2 do
    local id = arguments[i]
    local first = string.find(text, '{"id":' .. id .. ',', 1, true)
    if first then
      text = cut(text, first, (string.find(text, '}', first + 6 + #id, true)))
      lost, changed = lost + 1, true
    else
      local kept = string.find(text, ',"kept":[', 1, true)
      first = kept and string.find(text, '[' .. id .. ',', kept + 9, true)
      if first then
        text = cut(text, first, (string.find(text, ']', first + 1 + #id, true)))
        changed = true
      end
    end
  end
  while lost > 0 do
    local longer = json_move_up(text)
    if not longer then break end
    text, lost = longer, lost - 1
  end
  if not changed then return nil end
  if lost == 0 then return text end
  local _, count = string.gsub(string.sub(text, 1, (string.find(text, '],"epoch":', 1, true))), '{"id":', '')
  return text, count
end

-- Of the entries of a list, or of those kept behind it, which `read` finds at a place: id, number (a score, or the
-- entry in its parts) and the place behind it.
local function others(text, at, count, gone, read)
  local texts, numbers, lost = {}, {}, {}
  for i = 1, count do
    local id, number, behind = read(text, at)
    if gone[id] then
      lost[i] = true
    else
      texts[#texts + 1], numbers[#numbers + 1] = string.sub(text, at, behind - 1), number
    end
    at = behind
  end
  return texts, numbers, lost, at
end

local function read_entry(text, at)
  local score, why, size, id = struct.unpack('<fBH', text, at)
  return string.sub(text, id + why, id + why + size - 1), score, id + why + size
end

local function read_kept(text, at)
  local own, common, size, id = struct.unpack('<i4i4H', text, at)
  return string.sub(text, id, id + size - 1), (own + common) / 10000, id + size
end

local function leave_out_compact(text, arguments)
  local gone, some = {}, false
  for i = 2, #arguments, 2 do
    gone[arguments[i]] = true
    some = some or string.find(text, arguments[i], 45, true)
  end
  if not some then return nil end
  local user, count, at = struct.unpack('<HH', text, 41)
  at = at + user
  for _ = 1, string.byte(text, 4) do at = at + 1 + string.byte(text, at) end
  local head = string.sub(text, 45, at - 1)
  local entries, scores, lost, live = others(text, at, count, gone, read_entry)
  local changed, tail = #entries < count, ''
  if live <= #text then
    local kept_count, seen, parts_at = struct.unpack('<HH', text, live + 13)
    local kept, kept_scores, _, seen_at = others(text, parts_at + 8 * count, kept_count, gone, read_kept)
    changed = changed or #kept < kept_count
    local parts = {}
    for i = 1, count do
      if not lost[i] then parts[#parts + 1] = string.sub(text, parts_at + 8 * i - 8, parts_at + 8 * i - 1) end
    end
    local up = 1
    while #entries < count and up <= #kept do
      local id = string.sub(kept[up], 11)
      local score = math.min(kept_scores[up], scores[#scores] or kept_scores[up])
      entries[#entries + 1], scores[#scores + 1] = struct.pack('<fBH', score, 0, #id) .. id, score
      parts[#parts + 1] = string.sub(kept[up], 1, 8)
      up = up + 1
    end
    tail = table.concat({string.sub(text, live, live + 12), struct.pack('<HH', #kept - up + 1, seen), table.concat(parts),
      table.concat(kept, '', up), string.sub(text, seen_at)})
  end
  if not changed then return nil end
  text = table.concat({string.sub(text, 1, 42), struct.pack('<H', #entries), head, table.concat(entries), tail})
  return text, #entries < count and #entries or nil
end

-- One step for all other clients: a list of another writer never comes in between.
local function leave_out(keys, arguments)
  local text = redis.call('GET', keys[1])
  if not text then return 0 end
  local changed, left
  if string.sub(text, 1, 2) == 'SL' then
    changed, left = leave_out_compact(text, arguments)
  elseif string.sub(text, 1, 1) == '{' then
    changed, left = leave_out_json(text, arguments)
  else
    return 3
  end
  if not changed then return 0 end
  redis.call('SET', keys[1], changed, 'KEEPTTL')
  return left and left < tonumber(arguments[1]) and 2 or 1
end

redis.register_function('NAME_leave_out', leave_out)
