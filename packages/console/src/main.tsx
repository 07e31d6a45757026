import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './style.css';
import { createTheme, Loader, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { ApiError } from './api/request.ts';
import { router } from './routes.tsx';
import { startLanguage } from './text/language.ts';

const theme = createTheme({
  respectReducedMotion: true,
  primaryColor: 'blue',
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  // its label is read out only where it has a role
  components: { Loader: Loader.extend({ defaultProps: { role: 'status' } }) },
  fontFamily: 'system-ui, "Hiragino Sans", "Noto Sans CJK JP", "Yu Gothic UI", sans-serif',
});

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // what the server refused it refuses again
      retry: (count, error) =>
        count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});

/** The page's nonce, which browsers show to scripts of the page but not in its text. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
setNonce(nonce); // for the styles with which dialogs stop the page from scrolling

await startLanguage();
createRoot(document.querySelector('#root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" getStyleNonce={() => nonce}>
      <QueryClientProvider client={queries}>
        <Notifications position="top-right" />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
