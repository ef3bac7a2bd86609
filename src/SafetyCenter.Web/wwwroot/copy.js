// One press copies a secret or a line, where the browser lets us; without this, one click selects all of it.
addEventListener('DOMContentLoaded', () => {
  for (const text of navigator.clipboard ? document.querySelectorAll('[data-copyable]') : []) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'btn btn-sm mb-2';
    button.textContent = 'Copy';
    button.setAttribute('aria-live', 'polite');
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(text.textContent.trim());
      button.textContent = 'Copied';
    });
    (text.closest('pre') ?? text).after(button);
  }
});
