// check.mjs PORT USER N: prints what docs/readers/top.mjs gives.
import net from "node:net";
import { top } from "../../docs/readers/top.mjs";

const [port, user, n] = process.argv.slice(2);
const socket = net.connect(Number(port), "127.0.0.1");
let bytes = Buffer.alloc(0);
let more = () => {};
socket.on("data", (chunk) => { bytes = Buffer.concat([bytes, chunk]); more(); });

async function take(enough) {
  for (;;) {
    const size = enough();
    if (size > 0) {
      const taken = bytes.subarray(0, size);
      bytes = bytes.subarray(size);
      return taken.toString();
    }
    await new Promise((resolve) => { more = resolve; });
  }
}
async function reply() {
  const line = await take(() => bytes.indexOf("\r\n") + 2 - (bytes.indexOf("\r\n") < 0 ? 1 : 0));
  const number = Number(line.slice(1));
  if (line[0] === ":") return number;
  if (line[0] === "$") return number < 0 ? null : (await take(() => (bytes.length < number + 2 ? 0 : number + 2))).slice(0, -2);
  const items = [];
  for (let i = 0; i < number; ++i) items.push(await reply());
  return items;
}
function call(...words) {
  socket.write(`*${words.length}\r\n` + words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join(""));
  return reply();
}
for (const [item, score] of await top(call, user, Number(n))) console.log(`${item}\t${score.toFixed(4)}`);
socket.end();
