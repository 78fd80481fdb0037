// The tutorial's echo in Gin.
package main

import (
	"bench/orders"
	"github.com/gin-gonic/gin"
	"github.com/gorilla/websocket"
)

func main() {
	upgrader := websocket.Upgrader{}
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.GET("/ws", func(c *gin.Context) {
		conn, err := upgrader.Upgrade(c.Writer, c.Request, nil)
		if err != nil {
			return
		}
		orders.Echo(conn)
	})
	orders.Serve(router)
}
