/* eslint-disable */
interface Any {
  parameters: { query?: any; path?: any };
  requestBody?: { content: { 'application/json': any } };
  responses: { 200: { headers: any; content: { 'application/json': any } } };
}
export interface paths {
  [path: string]: { parameters: {}; get: Any; post: Any; put: Any; patch: Any; delete: Any };
}
