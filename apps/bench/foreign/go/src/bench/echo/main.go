// The tutorial's echo in Echo.
package main

import (
	"bench/orders"
	"github.com/gorilla/websocket"
	"github.com/labstack/echo"
)

func main() {
	upgrader := websocket.Upgrader{}
	router := echo.New()
	router.GET("/ws", func(c echo.Context) error {
		conn, err := upgrader.Upgrade(c.Response(), c.Request(), nil)
		if err != nil {
			return err
		}
		orders.Echo(conn)
		return nil
	})
	orders.Serve(router)
}
