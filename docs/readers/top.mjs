// The best items of a user, as of now: [[id, score], ...]. `call` sends a Redis command and returns its reply, such as
// (...words) => client.sendCommand(words.map(String)) of node-redis. Live lists may be kept for a second.
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function seenCode(item) {
  let code = 2166136261;
  for (const byte of new TextEncoder().encode(item)) code = Math.imul(code ^ byte, 16777619);
  code = (code ^ (code >>> 18)) & 0x3ffff;
  return [12, 6, 0].map((shift) => alphabet[(code >> shift) & 63]).join("");
}

function merge(document, live) {
  const least = live.at(-1)[1], common = new Map(live), scores = new Map();
  const entries = document.items.map((item) => [item.id, item.own, item.common]).concat(document.kept);
  for (const [item, own, old] of entries) scores.set(item, own + (common.get(item) ?? Math.min(old, least)));
  const seen = new Set(document.seen.match(/.../g));
  for (const [item, part] of live) {
    if (!scores.has(item) && !seen.has(seenCode(item))) scores.set(item, document.base + part);
  }
  return [...scores].sort((a, b) => b[1] - a[1]);
}

export async function top(call, user, n = 20, prefix = "sluice") {
  const text = (await call("GET", `${prefix}:user:${user}`)) ?? (await call("GET", `${prefix}:popular`));
  if (!text) return [];
  const document = JSON.parse(text);
  let ranked = document.items.map((item) => [item.id, item.score]), context = 0;
  if (document.history > 0) {
    const pause = Date.now() - document.last_ms;
    context = 3 * document.history - 2 + (pause < 1800e3 ? 0 : pause < 86400e3 ? 1 : 2);
  }
  const live = document.base === undefined ? null : await call("GET", `${prefix}:live:${context}`);
  const items = live ? JSON.parse(live).items : [];
  if (items.length > 0) ranked = merge(document, items);
  const hidden = ranked.length ? await call("SMISMEMBER", `${prefix}:hidden`, ...ranked.map(([item]) => item)) : [];
  return ranked.filter((_, i) => Number(hidden[i]) === 0).slice(0, n);
}
