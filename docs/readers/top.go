// Package readers: the best items of a user, as of now. get and hidden send the Redis commands GET (nil if there is no
// such key) and SMISMEMBER, as with redis.Client of go-redis. Live lists may be kept for a second.
package readers

import ("encoding/json"; "hash/fnv"; "math"; "sort"; "strconv"; "time")

type Entry struct{ Id string; Score float64 }; type part struct{ id string; own, common float64 }
func (p *part) UnmarshalJSON(text []byte) error { // [id, common] or [id, own, common]
	fields := []any{&p.id, &p.own, &p.common}
	if err := json.Unmarshal(text, &fields); len(fields) == 2 { p.common = p.own; return err } else { return err }
}
func seen(codes, item string) bool {
	hash := fnv.New32a(); hash.Write([]byte(item)); code := hash.Sum32(); code = (code ^ code>>18) & 0x3ffff
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	text := string([]byte{alphabet[code>>12], alphabet[code>>6&63], alphabet[code&63]})
	for i := 0; i+3 <= len(codes); i += 3 { if codes[i:i+3] == text { return true } }
	return false
}
func Top(get func(key string) []byte, hidden func(key string, ids []string) []bool, prefix, user string, n int) (out []Entry) {
	text := get(prefix + ":user:" + user)
	if text == nil { if text = get(prefix + ":popular"); text == nil { return nil } }
	var list struct{ Items []struct{ Id string; Score, Own, Common float64 }; Kept []part; Base *float64; Seen string; History int; Last_ms int64 }
	if json.Unmarshal(text, &list) != nil { return nil }
	var live struct{ Items []part }; context, pause, ids, ranked := 0, time.Now().UnixMilli()-list.Last_ms, []string{}, []Entry{}
	if list.History > 0 { context = 3*list.History - 2; if pause >= 86400000 { context += 2 } else if pause >= 1800000 { context++ } }
	if list.Base != nil { _ = json.Unmarshal(get(prefix+":live:"+strconv.Itoa(context)), &live) }
	common, known := map[string]float64{}, map[string]bool{}
	for _, l := range live.Items { common[l.id] = l.common }
	add := func(id string, own, old float64) {
		if now, ok := common[id]; ok { old = now } else { old = math.Min(old, live.Items[len(live.Items)-1].common) }
		ranked, known[id] = append(ranked, Entry{id, own + old}), true
	}
	for _, i := range list.Items { if len(live.Items) > 0 { add(i.Id, i.Own, i.Common) } else { ranked = append(ranked, Entry{i.Id, i.Score}) } }
	for _, k := range list.Kept { if len(live.Items) > 0 { add(k.id, k.own, k.common) } }
	for _, l := range live.Items { if !known[l.id] && !seen(list.Seen, l.id) { ranked = append(ranked, Entry{l.id, *list.Base + l.common}) } }
	if len(live.Items) > 0 { sort.SliceStable(ranked, func(a, b int) bool { return ranked[a].Score > ranked[b].Score }) }
	for _, r := range ranked { ids = append(ids, r.Id) }
	for i, isHidden := range hidden(prefix+":hidden", ids) { if !isHidden && len(out) < n { out = append(out, ranked[i]) } }
	return out
}
