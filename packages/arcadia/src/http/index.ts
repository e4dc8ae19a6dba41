export { type Api, createApi } from './app.ts'
export type {
  ApiDeps,
  AskedStep,
  HttpLog,
  Readiness,
  ReadinessCheck,
  SagaStarts,
  StartedBy,
  SyncAsked,
} from './deps.ts'
export { type HttpServer, listen } from './server.ts'
