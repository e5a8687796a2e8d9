import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { startMirror } from './store/mirror.ts';

const container = document.getElementById('root');
if (container !== null) {
  startMirror();
  createRoot(container).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
