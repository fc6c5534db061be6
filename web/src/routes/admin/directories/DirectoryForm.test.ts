import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import type { DirectoryPreset } from '$lib/api/types';
import { serve, signIn } from '../../../test/world';
import DirectoryForm from './DirectoryForm.svelte';
import { emptySettings } from './words';

const preset = (kind: DirectoryPreset['kind'], photo: string): DirectoryPreset => ({
  kind, filter: `(${kind})`, key_attribute: 'k', mapping: { rules: [{ field: 'email', attribute: 'mail' }], manager: 'manager', photo },
});
const presets = [preset('active_directory', 'thumbnailPhoto'), preset('open_ldap', 'jpegPhoto')] as const;

function open() {
  signIn(['workplace.manage']);
  const save = vi.fn(async () => undefined);
  render(DirectoryForm, { name: '', settings: emptySettings(presets[0]), hasPassword: false, presets: [...presets], save });
  return save;
}

it('goes the whole way to the directory, and says at which step it ends and why', async () => {
  const asked = serve({
    'POST /directories/look': { steps: [{ title: 'Reach the server', done: true, detail: 'It answers.' }, { title: 'Log in', done: false, detail: 'The name or the password is wrong.' }], people: [] },
  });
  open();
  await fireEvent.input(screen.getByLabelText('Server'), { target: { value: 'dc1.example.com' } });
  await fireEvent.input(screen.getByLabelText('Base'), { target: { value: 'DC=example,DC=com' } });
  await fireEvent.click(screen.getByRole('button', { name: /Test the connection/ }));
  expect(await screen.findByText('The name or the password is wrong.')).toBeTruthy();
  expect(asked[0]?.body).toMatchObject({ id: null, password: null, settings: { kind: 'active_directory', server: { host: 'dc1.example.com', port: null, ca: null } } });
});

it('another kind brings what fits it, and an agent has no password here', async () => {
  const save = open();
  await fireEvent.click(screen.getByLabelText(/OpenLDAP and others/));
  expect(screen.getByLabelText<HTMLInputElement>('Photo').value).toBe('jpegPhoto');
  await fireEvent.click(screen.getByLabelText(/An agent in your network/));
  expect(screen.queryByLabelText('Its password')).toBeNull();
  expect(screen.queryByRole('button', { name: /Test the connection/ })).toBeNull();
  await fireEvent.input(screen.getByLabelText('Name'), { target: { value: 'Head office' } });
  await fireEvent.input(screen.getByLabelText('Server'), { target: { value: 'ldap.example.com' } });
  await fireEvent.input(screen.getByLabelText('Base'), { target: { value: 'dc=example,dc=com' } });
  await fireEvent.submit(screen.getByRole('button', { name: 'Connect' }).closest('form') as HTMLFormElement);
  expect(save).toHaveBeenCalledWith('Head office', expect.objectContaining({ kind: 'open_ldap', via: 'agent', group: null }), '');
});
