// Package orders is what the bench's servers have in common: the tutorial's loop, and the talk with the bench.
package orders

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"github.com/gorilla/websocket"
)

type plan struct {
	Port int `json:"port"`
}

// Echo sends back every message until the connection ends.
func Echo(conn *websocket.Conn) {
	defer conn.Close()
	for {
		kind, message, err := conn.ReadMessage()
		if err != nil {
			return
		}
		if conn.WriteMessage(kind, message) != nil {
			return
		}
	}
}

// Serve listens as the plan on the command line says, and says what the process holds for each line that it is sent.
func Serve(handler http.Handler) {
	var wanted plan
	if err := json.Unmarshal([]byte(os.Args[1]), &wanted); err != nil {
		fail(err)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", wanted.Port))
	if err != nil {
		if strings.Contains(err.Error(), "address already in use") {
			err = fmt.Errorf("EADDRINUSE %w", err)
		}
		fail(err)
	}
	say(map[string]any{"listening": listener.Addr().(*net.TCPAddr).Port})
	go http.Serve(listener, handler)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		say(map[string]any{"usage": usage()})
	}
}

func usage() map[string]int64 {
	debug.FreeOSMemory()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return map[string]int64{
		"rssBytes":  residentBytes(),
		"heapBytes": int64(memory.HeapAlloc + memory.StackInuse),
		"cpuMicros": used.Utime.Nano()/1000 + used.Stime.Nano()/1000,
	}
}

func residentBytes() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

func say(line map[string]any) {
	text, _ := json.Marshal(line)
	fmt.Println(string(text))
}

func fail(err error) {
	say(map[string]any{"failed": err.Error()})
	os.Exit(1)
}
