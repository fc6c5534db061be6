import { fireEvent, render, screen } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { serve, signIn } from '../../../test/world';
import TokenForm from './TokenForm.svelte';

const permissions = [
  { key: 'people.read' as const, label: 'Read people', description: '' },
  { key: 'people.delete' as const, label: 'Delete people', description: '' },
];

it('shows the token once, and gives away no more than one has', async () => {
  signIn(['people.read', 'tokens.manage']);
  const asked = serve({ 'POST /tokens': { token: 'ghp_secret' } });
  render(TokenForm, { permissions, onclose: vi.fn(), oncreated: vi.fn() });
  expect(screen.queryByLabelText('Delete people')).not.toBeInTheDocument();
  const create = screen.getByRole('button', { name: 'Create the token' });
  expect(create).toBeDisabled();
  await fireEvent.input(screen.getByLabelText('Name'), { target: { value: 'HR sync' } });
  await fireEvent.click(screen.getByLabelText('Read people'));
  expect(create).toBeEnabled();
  await fireEvent.submit(create.closest('dialog')?.querySelector('form') as HTMLFormElement);
  expect(await screen.findByDisplayValue('ghp_secret')).toBeInTheDocument();
  expect(asked[0]?.body).toMatchObject({ name: 'HR sync', scopes: ['people.read'] });
});
