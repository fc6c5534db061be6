// Asks the browser for a passkey, and sends its answer with the form. Without this script the forms are not shown.
for (const form of document.querySelectorAll('form[data-challenge]')) {
  const make = form.dataset.way === 'create';
  const kind = window.PublicKeyCredential;
  const read = kind && (make ? kind.parseCreationOptionsFromJSON : kind.parseRequestOptionsFromJSON);
  if (!read) continue;
  form.hidden = false;
  const said = form.querySelector('.wrong');
  const say = (text) => {
    said.textContent = text;
    said.hidden = !text;
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    say('');
    try {
      const answer = await fetch(form.dataset.challenge, { method: 'POST' });
      const asked = await answer.json();
      if (!answer.ok) {
        say(asked.detail);
        return;
      }
      const publicKey = read.call(kind, asked.options);
      const given = await navigator.credentials[make ? 'create' : 'get']({ publicKey });
      form.elements.round.value = asked.round;
      form.elements.credential.value = JSON.stringify(given.toJSON());
      form.submit();
    } catch (error) {
      const dropped = error.name === 'NotAllowedError' || error.name === 'AbortError';
      say(
        error.name === 'InvalidStateError' ? 'This device has a passkey for you already.'
        : dropped ? 'No passkey was used. Try once more, or choose another way.'
        : 'The passkey could not be asked for: try once more, or choose another way.',
      );
    }
  });
}
