// SimpleSAMLphp as an identity provider, in PHP's own server on a port that the system gives: another one than samlp, by other authors. It
// checks our signature, has people type a password, and knows log-out.
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const ISSUER = 'urn:nordlicht:simplesaml';

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** `ours`: the addresses that a workplace gives. `certificate`: by which it signs, as base64. `people`: password and address by name. */
export async function startSimpleSaml({ ours, certificate, people }) {
  const folder = await mkdtemp(join(tmpdir(), 'guildhall-simplesaml-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const at = (name) => join(folder, name);
  for (const name of ['config', 'metadata', 'cert', 'log', 'tmp']) await mkdir(at(name));
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '90', '-subj', '/CN=SimpleSAML', '-keyout', at('cert/key.pem'), '-out', at('cert/cert.pem')]);
  const known = Object.entries(people).map(([name, { password, email }]) => `'${name}:${password}' => ['email' => ['${email}'], 'groups' => ['night', 'day']],`);
  await writeFile(at('config/config.php'), `<?php $config = ['baseurlpath' => '${url}/', 'certdir' => '${at('cert')}/', 'loggingdir' => '${at('log')}/', 'tempdir' => '${at('tmp')}', 'datadir' => '${at('tmp')}/',
    'metadatadir' => '${at('metadata')}', 'secretsalt' => 'for-this-test-alone', 'auth.adminpassword' => 'not-used-here', 'technicalcontact_name' => 'Test', 'technicalcontact_email' => 'test@nordlicht.example',
    'timezone' => 'UTC', 'logging.handler' => 'file', 'logging.level' => 7, 'enable.saml20-idp' => true, 'module.enable' => ['core' => true, 'saml' => true, 'exampleauth' => true], 'store.type' => 'phpsession',
    'session.cookie.secure' => false, 'session.phpsession.savepath' => '${at('tmp')}', 'metadata.sources' => [['type' => 'flatfile']], 'language.default' => 'en'];`);
  await writeFile(at('config/authsources.php'), `<?php $config = ['people' => ['exampleauth:UserPass', ${known.join(' ')}]];`);
  await writeFile(at('metadata/saml20-idp-hosted.php'), `<?php $metadata['${ISSUER}'] = ['host' => '__DEFAULT__', 'privatekey' => 'key.pem', 'certificate' => 'cert.pem', 'auth' => 'people', 'sign.logout' => true,
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'];`);
  await writeFile(at('metadata/saml20-sp-remote.php'), `<?php $metadata['${ours.entity_id}'] = ['AssertionConsumerService' => '${ours.acs_url}',
    'SingleLogoutService' => [['Binding' => 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect', 'Location' => '${ours.log_out_url}']],
    'NameIDFormat' => 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress', 'simplesaml.nameidattribute' => 'email', 'validate.authnrequest' => true, 'certData' => '${certificate}',
    'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'sign.logout' => true, 'saml20.sign.response' => true];`);
  const child = spawn('php', ['-S', `127.0.0.1:${port}`, '-t', '/usr/share/simplesamlphp/www'], { stdio: 'ignore', env: { ...process.env, SIMPLESAMLPHP_CONFIG_DIR: at('config') } });
  const stop = async () => {
    child.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  for (const until = Date.now() + 15_000; ; await sleep(100)) {
    const answer = await fetch(`${url}/saml2/idp/metadata.php`).catch(() => null);
    if (answer?.ok) return { url, stop, folder, metadata: await answer.text() };
    if (Date.now() > until) {
      const said = answer ? await answer.text() : 'nothing';
      await stop();
      throw new Error(`SimpleSAMLphp does not start (scripts/tools.sh tool_simplesaml installs it): ${said.slice(0, 2000)}`);
    }
  }
}
