import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { applyTheme } from './store/theme.ts';

const container = document.getElementById('root');
if (container !== null) {
  applyTheme();
  createRoot(container).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
