import type { Middleware } from 'koa'
import { countRequest, nameRequest, pickLanguage } from './guard.js'

/** Puts three middlewares in front of a Koa app, or of its WebSocket part. */
export function useMiddleware(app: { use(middleware: Middleware): unknown }): void {
  app.use((ctx, next) => {
    ctx.state.id = nameRequest()
    return next()
  })
  app.use((ctx, next) => {
    countRequest(ctx.path)
    return next()
  })
  app.use((ctx, next) => {
    ctx.state.language = pickLanguage(ctx.get('accept-language'))
    return next()
  })
}
