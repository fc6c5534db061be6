// Asks the browser for a passkey, and sends its answer with the form. Without this script the forms are not shown.
// In a browser that has shown or made one here, the field of the address offers it, too, before anything is pressed.
const SHOWN_HERE = 'passkey'; // As in web/src/lib/passkey.ts.
const FRESH_MS = 4 * 60 * 1000; // The server forgets a question after five minutes.
const kind = window.PublicKeyCredential;

function shownHere() {
  try {
    return localStorage.getItem(SHOWN_HERE) !== null;
  } catch {
    return false;
  }
}

function keepShown() {
  try {
    localStorage.setItem(SHOWN_HERE, 'yes');
  } catch {
    // The field then offers none; the button does.
  }
}

async function question(form, how = '') {
  const answer = await fetch(form.dataset.challenge + how, { method: 'POST' });
  const asked = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(asked.detail), { name: 'Refused' });
  return asked;
}

function send(form, asked, given) {
  keepShown();
  form.elements.round.value = asked.round;
  form.elements.credential.value = JSON.stringify(given.toJSON());
  form.submit();
}

/** The words for what went wrong. */
function trouble(error) {
  if (error.name === 'Refused') return error.message;
  if (error.name === 'InvalidStateError') return 'This device has a passkey for you already.';
  const dropped = error.name === 'NotAllowedError' || error.name === 'AbortError';
  return dropped
    ? 'No passkey was used. Try once more, or choose another way.'
    : 'The passkey could not be asked for: try once more, or choose another way.';
}

/** Has the field offer passkeys. Gives what ends that: a browser answers one question at a time. */
function offer(form, field) {
  let open = null;
  let since = 0;
  const end = () => {
    open?.abort();
    open = null;
  };
  const ask = async () => {
    end();
    const mine = new AbortController();
    open = mine;
    since = Date.now();
    try {
      const asked = await question(form, '?quiet=true');
      if (mine.signal.aborted) return;
      const publicKey = kind.parseRequestOptionsFromJSON(asked.options);
      send(form, asked, await navigator.credentials.get({ publicKey, mediation: 'conditional', signal: mine.signal }));
    } catch {
      // Nobody has asked for anything: the page stays as it is.
    }
  };
  field.addEventListener('focus', () => {
    if (!open || Date.now() - since > FRESH_MS) ask();
  });
  ask();
  return end;
}

async function offered(form, field) {
  if (!field || !shownHere() || !(await kind.isConditionalMediationAvailable?.())) return () => {};
  return offer(form, field);
}

for (const form of document.querySelectorAll('form[data-challenge]')) {
  const make = form.dataset.way === 'create';
  const read = kind && (make ? kind.parseCreationOptionsFromJSON : kind.parseRequestOptionsFromJSON);
  if (!read) continue;
  form.hidden = false;
  const said = form.querySelector('.wrong');
  const say = (text) => {
    said.textContent = text;
    said.hidden = !text;
  };
  const offering = offered(form, document.querySelector('input[autocomplete~="webauthn"]'));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    say('');
    try {
      (await offering)();
      const asked = await question(form);
      const publicKey = read.call(kind, asked.options);
      send(form, asked, await navigator.credentials[make ? 'create' : 'get']({ publicKey }));
    } catch (error) {
      say(trouble(error));
    }
  });
}
