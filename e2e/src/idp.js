// A real identity provider of others' making (samlp), on a port of its own. Whoever `is` is set to is logged in there.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import express from 'express';
import samlp from 'samlp';

const run = promisify(execFile);

async function certificate() {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-idp-'));
  const at = (name) => join(folder, name);
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '90', '-subj', '/CN=Nordlicht IdP', '-keyout', at('key'), '-out', at('pem')]);
  const [key, cert] = await Promise.all([readFile(at('key')), readFile(at('pem'))]);
  await rm(folder, { recursive: true });
  return { key, cert };
}

export async function startIdp() {
  const first = await certificate();
  // What is said counts so many seconds; if it is less than none, the clock here is behind.
  const it = { is: null, lifetime: 300, signs: first };
  const app = express();
  app.get('/sso', (request, response, next) => {
    samlp.parseRequest(request, (error, asked) => {
      if (error) return next(error);
      // The address that the request names, as providers do that were told of it.
      const acs = asked.assertionConsumerServiceURL;
      return samlp.auth({
        issuer: 'urn:nordlicht:idp', ...it.signs, signatureAlgorithm: 'rsa-sha256', digestAlgorithm: 'sha256', lifetimeInSeconds: it.lifetime, recipient: acs, destination: acs,
        getPostURL: (audience, question, from, done) => done(null, acs),
        getUserFromRequest: () => ({ id: it.is, emails: [{ value: it.is }], displayName: 'Bo Bold', name: { givenName: 'Bo', familyName: 'Bold' } }),
      })(request, response, next);
    });
  });
  let server;
  const listen = (port) =>
    new Promise((resolve) => {
      server = app.listen(port, '127.0.0.1', () => resolve(server.address().port));
    });
  const port = await listen(0);
  it.url = `http://127.0.0.1:${port}`;
  it.metadataOf = (...all) => metadata(it.url, all);
  it.metadata = it.metadataOf(first);
  it.newCertificate = certificate;
  it.stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  it.again = () => listen(port);
  return it;
}

function metadata(url, all) {
  const plain = all.map(({ cert }) => cert.toString().replace(/-----[^-]+-----|\s/g, ''));
  const keys = plain.map((one) => `<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${one}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`);
  return `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="urn:nordlicht:idp"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">${keys.join('')}<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${url}/sso"/></IDPSSODescriptor></EntityDescriptor>`;
}
