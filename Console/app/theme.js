// Runs before the page is drawn, so that a dark page never flashes white.
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    const chosen = localStorage.getItem('issuebridge.theme');
    document.documentElement.dataset.bsTheme = chosen ?? (dark.matches ? 'dark' : 'light');
    document.dispatchEvent(new Event('themechange'));
  };
  dark.addEventListener('change', apply);
  document.addEventListener('themechoice', apply);
  apply();
})();
