// The tutorial's echo on net/http with gorilla/websocket.
package main

import (
	"net/http"

	"bench/orders"
	"github.com/gorilla/websocket"
)

func main() {
	upgrader := websocket.Upgrader{}
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		orders.Echo(conn)
	})
	orders.Serve(mux)
}
