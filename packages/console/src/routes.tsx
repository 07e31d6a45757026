import { createBrowserRouter } from 'react-router';
import { Broken } from './frame/broken.tsx';
import { Frame } from './frame/frame.tsx';
import { NotFound } from './frame/not-found.tsx';
import { HomePage } from './home/home-page.tsx';
import { SignInPage } from './sign-in/sign-in-page.tsx';

/** The console's addresses; console-plugin.ts of the server knows their first parts. */
export const router = createBrowserRouter([
  { path: '/sign-in', element: <SignInPage />, errorElement: <Broken /> },
  {
    element: <Frame />,
    errorElement: <Broken />,
    children: [
      { path: '/', element: <HomePage /> },
      { path: '*', element: <NotFound /> },
    ],
  },
]);
