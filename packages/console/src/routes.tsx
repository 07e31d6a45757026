import { createBrowserRouter } from 'react-router';
import { Broken } from './frame/broken.tsx';
import { Frame } from './frame/frame.tsx';
import { NotFound } from './frame/not-found.tsx';
import { HomePage } from './home/home-page.tsx';
import { SignInPage } from './sign-in/sign-in-page.tsx';

/**
 * The console's addresses; console-plugin.ts of the server knows their first parts. All but sign-in and home are
 * loaded when they are first visited.
 */
export const router = createBrowserRouter([
  { path: '/sign-in', element: <SignInPage />, errorElement: <Broken /> },
  {
    element: <Frame />,
    errorElement: <Broken />,
    children: [
      { path: '/', element: <HomePage /> },
      { path: '/apps', lazy: async () => ({ Component: (await import('./apps/apps-page.tsx')).AppsPage }) },
      {
        path: '/apps/new',
        lazy: async () => ({ Component: (await import('./designer/designer-page.tsx')).DesignerPage }),
      },
      {
        path: '/apps/:app/design',
        lazy: async () => ({ Component: (await import('./designer/designer-page.tsx')).DesignerPage }),
      },
      {
        path: '/apps/:app/automations',
        lazy: async () => ({ Component: (await import('./designer/designer-page.tsx')).AutomationsRedirect }),
      },
      {
        path: '/apps/:app',
        lazy: async () => ({ Component: (await import('./apps/app-page.tsx')).AppPage }),
      },
      {
        path: '/apps/:app/records/new',
        lazy: async () => ({ Component: (await import('./apps/record-page.tsx')).NewRecordPage }),
      },
      {
        path: '/apps/:app/records/:record',
        lazy: async () => ({ Component: (await import('./apps/record-page.tsx')).RecordPage }),
      },
      {
        path: '/webhooks',
        lazy: async () => ({ Component: (await import('./webhooks/webhooks-page.tsx')).WebhooksPage }),
      },
      {
        path: '/webhooks/:delivery',
        lazy: async () => ({ Component: (await import('./webhooks/delivery-page.tsx')).DeliveryPage }),
      },
      {
        path: '/workspace',
        lazy: async () => ({ Component: (await import('./workspace/workspace-page.tsx')).WorkspacePage }),
      },
      {
        path: '/processes/:app?',
        lazy: async () => ({ Component: (await import('./processes/processes-page.tsx')).ProcessesPage }),
      },
      {
        path: '/planning',
        lazy: async () => ({ Component: (await import('./planning/planning-page.tsx')).PlanningPage }),
      },
      {
        path: '/access-log',
        lazy: async () => ({ Component: (await import('./access-log/access-log-page.tsx')).AccessLogPage }),
      },
      {
        path: '/traffic',
        lazy: async () => ({ Component: (await import('./traffic/traffic-page.tsx')).TrafficPage }),
      },
      {
        path: '/traffic/:request',
        lazy: async () => ({ Component: (await import('./traffic/request-page.tsx')).RequestPage }),
      },
      {
        path: '/people',
        lazy: async () => ({ Component: (await import('./people/people-page.tsx')).PeoplePage }),
      },
      {
        path: '/account',
        lazy: async () => ({ Component: (await import('./account/account-page.tsx')).AccountPage }),
      },
      {
        path: '/catalog/:tab?',
        lazy: async () => ({ Component: (await import('./catalog/catalog-page.tsx')).CatalogPage }),
      },
      {
        path: '/catalog/services/:service',
        lazy: async () => ({ Component: (await import('./catalog/service-page.tsx')).ServicePage }),
      },
      {
        path: '/catalog/services/:service/subscribe',
        lazy: async () => ({ Component: (await import('./catalog/subscribe-page.tsx')).SubscribePage }),
      },
      {
        path: '/catalog/subscriptions/:key',
        lazy: async () => ({ Component: (await import('./catalog/subscription-page.tsx')).SubscriptionPage }),
      },
      {
        path: '/catalog/selling/new',
        lazy: async () => ({ Component: (await import('./catalog/service-form.tsx')).NewServicePage }),
      },
      {
        path: '/catalog/selling/:service',
        lazy: async () => ({ Component: (await import('./catalog/service-form.tsx')).EditServicePage }),
      },
      {
        path: '/keys',
        lazy: async () => ({ Component: (await import('./account/keys-page.tsx')).KeysPage }),
      },
      {
        path: '/settings',
        lazy: async () => ({ Component: (await import('./settings/settings-page.tsx')).SettingsPage }),
      },
      { path: '*', element: <NotFound /> },
    ],
  },
]);
