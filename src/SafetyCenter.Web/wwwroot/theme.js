// Without a saved choice the page follows the system; with one, the server has said so already.
const root = document.documentElement;
if (root.dataset.themeChoice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches) {
  root.dataset.bsTheme = 'dark';
  addEventListener('DOMContentLoaded', () => {
    const button = document.querySelector('button[name=theme]');
    if (button) { [button.value, button.textContent] = ['light', 'Light']; }
  });
}
