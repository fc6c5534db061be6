// Runs before the first paint, so that a person who chose light or dark never sees the other one flash.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's colour scheme applies then.
}
