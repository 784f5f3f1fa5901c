# check.py PORT USER N: prints what docs/readers/top.py gives.
import pathlib
import socket
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "docs" / "readers"))
from top import top

connection = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
replies = connection.makefile("rb")

def reply():
    line = replies.readline().rstrip()
    if line[:1] == b"$":
        return None if line == b"$-1" else replies.read(int(line[1:]) + 2)[:-2]
    return [reply() for _ in range(int(line[1:]))] if line[:1] == b"*" else int(line[1:])

def call(*words):
    words = [word.encode() for word in words]
    connection.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
    return reply()

for item, score in top(call, sys.argv[2], int(sys.argv[3])):
    print(f"{item}\t{score:.4f}")
