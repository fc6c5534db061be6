// Two OpenID providers of others' making, each by HTTPS on a port of its own: oidc-provider, which is certified, and oauth2-mock-server, which
// lies when it is told to.
import { execFile } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { OAuth2Server } from 'oauth2-mock-server';
import Provider from 'oidc-provider';

const run = promisify(execFile);

/** A certificate for this machine, by an authority of its own, which the server is told to trust. */
export async function startAuthority() {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-ca-'));
  const at = (name) => join(folder, name);
  const make = (name, subject, ...more) => run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', subject, '-keyout', at(`${name}.key`), '-out', at(`${name}.pem`), ...more]);
  await make('ca', '/CN=Nordlicht CA');
  await make('site', '/CN=127.0.0.1', '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-addext', 'basicConstraints=critical,CA:FALSE');
  const [key, cert] = await Promise.all([readFile(at('site.key')), readFile(at('site.pem'))]);
  return {
    key, cert, keyFile: at('site.key'), certFile: at('site.pem'),
    /** For the server: whom to trust, and that it may talk to this machine. */
    settings: { SSL_CERT_FILE: at('ca.pem'), GUILDHALL_PRIVATE_SITES: '127.0.0.1, localhost' },
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

/** `people`: what is said of each, by the name that they type; any password is right. It knows one client, once that is told. */
export async function startOidcProvider(authority, people) {
  const it = { secret: 'of-the-house-0123456789' };
  let port = 0;
  let answer = (request, response) => response.writeHead(503).end();
  let server;
  const listen = () =>
    new Promise((resolve) => {
      server = createServer({ key: authority.key, cert: authority.cert }, (request, response) => answer(request, response));
      server.listen(port, '127.0.0.1', () => resolve(server.address().port));
    });
  const quit = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  port = await listen();
  it.url = `https://127.0.0.1:${port}`;
  const build = () => {
    const provider = new Provider(it.url, {
      clients: it.ours
        ? [{
            client_id: 'hall', client_secret: it.secret, redirect_uris: [it.ours.redirect_url], post_logout_redirect_uris: [it.ours.after_log_out_url],
            backchannel_logout_uri: it.ours.back_channel_url, backchannel_logout_session_required: true,
          }]
        : [],
      jwks: { keys: [newKey()] },
      cookies: { keys: ['for-this-test-alone'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'given_name', 'family_name'] },
      features: { backchannelLogout: { enabled: true } },
      pkce: { required: () => true },
      // It talks to nobody on this machine otherwise, and we are there.
      fetch: (url, { dispatcher, ...options }) => fetch(url, options),
      findAccount: (context, id) => (people[id] ? { accountId: id, claims: () => ({ sub: id, ...people[id] }) } : undefined),
    });
    answer = provider.callback();
  };
  build();
  /** Tells it of the client. */
  it.know = (ours) => {
    it.ours = ours;
    build();
  };
  /** Other keys from now on, and nobody is in there any more. */
  it.rotate = build;
  it.stop = quit;
  return it;
}

/** `says(claims)` changes what an ID token says. */
export async function startMock(authority) {
  const it = { says: () => undefined, is: 'bo@nordlicht.example' };
  const server = new OAuth2Server(authority.keyFile, authority.certFile);
  await server.issuer.keys.generate('RS256');
  server.service.on('beforeTokenSigning', (token) => {
    if (token.payload.aud !== 'hall') return;
    Object.assign(token.payload, { sub: `n-${it.is}`, email: it.is, email_verified: true });
    it.says(token);
  });
  await server.start(0, '127.0.0.1');
  const { port } = server.address();
  it.url = server.issuer.url;
  it.mock = server;
  /** It is away as soon as it has sent somebody back. */
  it.leaves = () => {
    it.gone = new Promise((resolve) => server.service.once('beforeAuthorizeRedirect', () => resolve(server.stop())));
  };
  it.returns = async () => {
    await it.gone;
    server.issuer.url = it.url;
    await server.start(port, '127.0.0.1');
  };
  it.stop = () => (server.listening ? server.stop() : undefined);
  return it;
}
