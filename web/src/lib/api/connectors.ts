import { answer, api, filled } from './client';
import type { Advice, Connector, ConnectorLogEntry, ConnectorOutcome, ConnectorPlan, ConnectorSettings, ConnectorToken, Page } from './types';

const one = (id: string) => ({ params: { path: { id } } });

export const listConnectors = (): Promise<Connector[]> => answer(api.GET('/api/v1/connectors')).then((r) => r.items as Connector[]);
export const readConnector = (id: string): Promise<Connector> => answer(api.GET('/api/v1/connectors/{id}', one(id))) as Promise<Connector>;
export const createConnector = (input: { name: string; settings: ConnectorSettings }): Promise<Connector> =>
  answer(api.POST('/api/v1/connectors', { body: input })) as Promise<Connector>;
export const editConnector = (id: string, input: { name: string; settings: ConnectorSettings }): Promise<Connector> =>
  answer(api.PATCH('/api/v1/connectors/{id}', { ...one(id), body: input })) as Promise<Connector>;
export const endConnector = (id: string): Promise<unknown> => answer(api.DELETE('/api/v1/connectors/{id}', one(id)));
export const listConnectorTokens = (id: string): Promise<ConnectorToken[]> =>
  answer(api.GET('/api/v1/connectors/{id}/tokens', one(id))).then((r) => r.items as ConnectorToken[]);
export const makeConnectorToken = (id: string, expires_at: string | null): Promise<{ token: string }> =>
  answer(api.POST('/api/v1/connectors/{id}/tokens', { ...one(id), body: { expires_at } }));
export const rotateConnector = (id: string, overlap_hours: number, expires_at: string | null): Promise<{ token: string }> =>
  answer(api.POST('/api/v1/connectors/{id}/rotate', { ...one(id), body: { overlap_hours, expires_at } }));
/** Lets it deactivate more people than the brake does, for a day. */
export const releaseConnector = (id: string): Promise<unknown> => answer(api.POST('/api/v1/connectors/{id}/release', one(id)));
export const endConnectorToken = (id: string, token_id: string): Promise<unknown> =>
  answer(api.DELETE('/api/v1/connectors/{id}/tokens/{token_id}', { params: { path: { id, token_id } } }));
export const connectorLog = (id: string, query: { outcome?: ConnectorOutcome; after?: string; limit?: number }, signal?: AbortSignal): Promise<Page<ConnectorLogEntry>> =>
  answer(api.GET('/api/v1/connectors/{id}/log', { params: { path: { id }, query: filled(query) }, signal })) as Promise<Page<ConnectorLogEntry>>;
const entryOf = (id: string, entry_id: string) => ({ params: { path: { id, entry_id } } });
export const connectorLogEntry = (id: string, entry_id: string): Promise<ConnectorLogEntry> =>
  answer(api.GET('/api/v1/connectors/{id}/log/{entry_id}', entryOf(id, entry_id))) as Promise<ConnectorLogEntry>;
/** Where the entry is, for a link that saves it. */
export const connectorLogEntryAddress = (id: string, entry_id: string) => `/api/v1/connectors/${id}/log/${entry_id}`;
export const planAgain = (id: string, entry_id: string): Promise<ConnectorPlan> =>
  answer(api.POST('/api/v1/connectors/{id}/log/{entry_id}/plan', entryOf(id, entry_id))) as Promise<ConnectorPlan>;
export const testConnector = (id: string): Promise<Advice[]> => answer(api.GET('/api/v1/connectors/{id}/test', one(id))).then((r) => r.items as Advice[]);
export const beginConnectorTest = (id: string): Promise<unknown> => answer(api.POST('/api/v1/connectors/{id}/test', one(id)));
