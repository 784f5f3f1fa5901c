"""The best items of a user, as of now. `call` sends a Redis command, such as redis.Redis().execute_command.
Live lists may be kept for a second."""
import json
import time

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

def seen_code(item):
    code = 2166136261
    for byte in item.encode():
        code = (code ^ byte) * 16777619 & 0xFFFFFFFF
    code = (code ^ code >> 18) & 0x3FFFF
    return "".join(ALPHABET[code >> shift & 63] for shift in (12, 6, 0))

def merge(document, live):
    least, common = live[-1][1], dict(live)
    entries = [(i["id"], i["own"], i["common"]) for i in document["items"]] + document["kept"]
    scores = {item: own + common.get(item, min(old, least)) for item, own, old in entries}
    seen = {document["seen"][i:i + 3] for i in range(0, len(document["seen"]), 3)}
    for item, part in live:
        if item not in scores and not (seen and seen_code(item) in seen):
            scores[item] = document["base"] + part
    return sorted(scores.items(), key=lambda entry: -entry[1])

def top(call, user, n=20, prefix="sluice"):
    text = call("GET", f"{prefix}:user:{user}") or call("GET", f"{prefix}:popular")
    if not text:
        return []
    document, context = json.loads(text), 0
    ranked, live = [(i["id"], i["score"]) for i in document["items"]], None
    if document.get("history", 0) > 0:
        pause = time.time() - document["last_ms"] / 1000
        context = 3 * document["history"] - 2 + (0 if pause < 1800 else 1 if pause < 86400 else 2)
    if "base" in document and (live := call("GET", f"{prefix}:live:{context}")) and (live := json.loads(live)["items"]):
        ranked = merge(document, live)
    hidden = call("SMISMEMBER", f"{prefix}:hidden", *[item for item, _ in ranked]) if ranked else []
    return [entry for entry, out in zip(ranked, hidden) if not int(out)][:n]
