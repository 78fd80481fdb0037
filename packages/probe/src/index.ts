export { type Certificate, createCertificate } from './certificate.js'
export { turn, until, within } from './deadline.js'
export { closePayload, decodeFrame, encodeFrame, type Frame, type FrameShape, Opcode } from './frame.js'
export { freePort } from './free-port.js'
export { isCollected } from './garbage.js'
export { type HttpAnswer, parseAnswer } from './http-answer.js'
export { ProcessWatch } from './process-watch.js'
export {
  type Address,
  exchange,
  RawConnection,
  type UpgradeShape,
  upgradeRequest,
} from './raw-connection.js'
export { TcpProxy } from './tcp-proxy.js'
