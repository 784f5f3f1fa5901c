// check PORT USER N: prints what docs/readers/top.go gives, which is built in the same package.
package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
)

func main() {
	connection, err := net.Dial("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	replies := bufio.NewReader(connection)
	number := func() int {
		line, _ := replies.ReadString('\n')
		value, _ := strconv.Atoi(strings.TrimSpace(line[1:]))
		return value
	}
	send := func(words ...string) {
		fmt.Fprintf(connection, "*%d\r\n", len(words))
		for _, word := range words {
			fmt.Fprintf(connection, "$%d\r\n%s\r\n", len(word), word)
		}
	}
	get := func(key string) []byte {
		send("GET", key)
		size := number()
		if size < 0 {
			return nil
		}
		text := make([]byte, size+2)
		_, _ = io.ReadFull(replies, text)
		return text[:size]
	}
	hidden := func(key string, ids []string) []bool {
		send(append([]string{"SMISMEMBER", key}, ids...)...)
		out := make([]bool, number())
		for i := range out {
			out[i] = number() == 1
		}
		return out
	}
	n, _ := strconv.Atoi(os.Args[3])
	for _, entry := range Top(get, hidden, "sluice", os.Args[2], n) {
		fmt.Printf("%s\t%.4f\n", entry.Id, entry.Score)
	}
}
