import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { GivenCode } from '$lib/api/codes';
import { proofQuestion } from '$lib/state/proof.svelte';
import { router } from '$lib/router/router.svelte';
import { shownCodes } from '$lib/state/codes.svelte';
import { Refusal, serve, signIn } from '../../../test/world';
import { asText } from './asText';
import CodesShown from './CodesShown.svelte';
import SheetsDialog from './SheetsDialog.svelte';

const code = (part: Partial<GivenCode> = {}): GivenCode => ({
  person_id: 'p1', display_name: 'Bo Bold', employee_id: 'E-1', department: 'Smelter', code: 'BCDF GHJK LMNP QRST', address: 'http://localhost/code',
  link: 'http://localhost/c/BCDFGHJKLMNPQRST', qr: 'data:image/svg+xml;base64,', expires_at: '2027-02-25T10:00:00Z', ...part,
});
const two = { items: [code(), code({ person_id: 'p2', display_name: 'Cy Young', code: 'ZXWV TSRQ PNML KJHG' })], refused: [{ name: 'Ada Byron', why: 'Ada Byron has an e-mail address.' }] };
const dialog = () => {
  const done = { onclose: vi.fn(), ondone: vi.fn() };
  render(SheetsDialog, { props: { who: 'Smelter', target: { waiting: true, department: 'Smelter' }, ...done } });
  return done;
};
const pdf = (headers: Record<string, string>) => new Response('%PDF', { headers: { 'guildhall-given': '2', 'guildhall-refused': '0', ...headers } });

beforeEach(() => {
  signIn(['people.invite']);
  URL.createObjectURL = () => 'blob:sheets';
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => undefined);
});
afterEach(() => {
  shownCodes.hide();
  vi.restoreAllMocks();
});

it('gives codes onto the screen, and hides them for good', async () => {
  const asked = serve({ 'POST /access-codes': two });
  const { onclose } = dialog();
  await fireEvent.click(screen.getByLabelText(/On the screen/));
  expect(screen.queryByLabelText('Language')).toBeNull();
  await fireEvent.click(screen.getByRole('button', { name: 'Give and show the codes' }));
  await vi.waitFor(() => expect(onclose).toHaveBeenCalled());
  expect(asked[0]?.body).toEqual({ waiting: true, department: 'Smelter' });
  const shown = shownCodes.now;
  if (!shown) throw new Error('nothing is shown');
  render(CodesShown, { shown });
  const lines = within(screen.getByRole('list', { name: 'Access codes' })).getAllByRole('listitem');
  expect(lines[1]).toHaveTextContent('Cy Young');
  expect(lines[1]).toHaveTextContent('ZXWV TSRQ PNML KJHG');
  expect(lines[1]).toHaveTextContent('until 25 Feb 2027');
  expect(screen.getByText('1 person got none')).toBeInTheDocument();
  await fireEvent.click(screen.getByRole('button', { name: 'Done' }));
  expect(shownCodes.now).toBeNull();
});

it('hides them when one goes to another page', async () => {
  shownCodes.show({ who: 'two', ...two });
  render(CodesShown, { shown: { who: 'two', ...two } });
  await router.go('/home');
  await vi.waitFor(() => expect(shownCodes.now).toBeNull());
});

it('copies one code, or all as a table', async () => {
  const writeText = vi.fn(() => Promise.resolve());
  vi.stubGlobal('navigator', { clipboard: { writeText } });
  render(CodesShown, { shown: { who: 'two', ...two } });
  await fireEvent.click(screen.getByRole('button', { name: 'Copy the code of Cy Young' }));
  expect(writeText).toHaveBeenLastCalledWith('ZXWV TSRQ PNML KJHG');
  await fireEvent.click(screen.getByRole('button', { name: 'Copy all' }));
  expect(writeText).toHaveBeenLastCalledWith(asText(two.items));
  vi.unstubAllGlobals();
});

it('is no formula in a spreadsheet, and one line a person', () => {
  const text = asText([code({ display_name: '=HYPERLINK("x")', department: 'Hall\t2\nleft' })]);
  expect(text.split('\n')).toEqual([
    'Name\tEmployee ID\tDepartment\tAccess code\tLink\tValid until',
    '\'=HYPERLINK("x")\tE-1\tHall 2 left\tBCDF GHJK LMNP QRST\thttp://localhost/c/BCDFGHJKLMNPQRST\t2027-02-25',
  ]);
});

it('says that there are too many for a screen', async () => {
  serve({ 'POST /access-codes': new Refusal(422, { detail: 'A screen shows the codes of 200 people at most.' }) });
  const { onclose } = dialog();
  await fireEvent.click(screen.getByLabelText(/On the screen/));
  await fireEvent.click(screen.getByRole('button', { name: 'Give and show the codes' }));
  expect(await screen.findByText('A screen shows the codes of 200 people at most.')).toBeInTheDocument();
  expect(onclose).not.toHaveBeenCalled();
});

it('tells whose name could not be printed until it was read', async () => {
  vi.stubGlobal('fetch', async () => pdf({ 'guildhall-warning': encodeURIComponent('No font has 王秀英 (E-0).') }));
  const { onclose } = dialog();
  await fireEvent.click(screen.getByRole('button', { name: 'Make the codes' }));
  expect(await screen.findByText('No font has 王秀英 (E-0).')).toBeInTheDocument();
  expect(onclose).not.toHaveBeenCalled();
  await fireEvent.click(screen.getByRole('button', { name: 'Done' }));
  expect(onclose).toHaveBeenCalled();
  vi.unstubAllGlobals();
});

it('asks for a proof before a file as before all else', async () => {
  let asked = 0;
  vi.stubGlobal('fetch', async () => (++asked === 1 ? new Response(JSON.stringify({ code: 'prove_yourself' }), { status: 409 }) : pdf({})));
  const { onclose } = dialog();
  await fireEvent.click(screen.getByRole('button', { name: 'Make the codes' }));
  await vi.waitFor(() => expect(proofQuestion.open).toBe(true));
  proofQuestion.answer(true);
  await vi.waitFor(() => expect(onclose).toHaveBeenCalled());
  vi.unstubAllGlobals();
});
