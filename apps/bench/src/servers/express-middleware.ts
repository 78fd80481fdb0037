import type { Application } from 'express'
import { countRequest, nameRequest, pickLanguage, verifyCookie } from './guard.js'

/** Puts three middlewares in front of an Express app. */
export function useMiddleware(app: Application): void {
  app.use((_req, res, next) => {
    res.locals.id = nameRequest()
    next()
  })
  app.use((req, _res, next) => {
    countRequest(req.path)
    next()
  })
  app.use((req, res, next) => {
    res.locals.language = pickLanguage(req.get('accept-language'))
    next()
  })
}

/** Puts the check behind them. */
export function useCheck(app: Application): void {
  app.use(async (req, res, next) => {
    if (await verifyCookie(req.headers.cookie)) next()
    else res.sendStatus(401)
  })
}
