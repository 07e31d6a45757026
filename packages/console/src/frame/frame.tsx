import { AppShell, Burger, Button, Group, Loader, Menu, NavLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconActivity,
  IconBuildingStore,
  IconChartBar,
  IconFileCode,
  IconHome,
  IconKey,
  IconLayoutKanban,
  IconListSearch,
  IconLogout,
  IconSettings,
  IconTable,
  IconUser,
  IconUsers,
  IconWebhook,
} from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, Outlet, useLocation, useNavigate } from 'react-router';
import { type Me, signOut, useMe } from '../api/session.ts';
import { ColorsButton } from './colors-button.tsx';
import { LanguageSelect } from './language-select.tsx';
import { Problem } from './problem.tsx';

/** What surrounds every page of somebody who is signed in. */
export function Frame() {
  const { t } = useTranslation();
  const me = useMe();
  const { pathname, search, hash } = useLocation();

  if (me.isPending) return <Loader m="xl" aria-label={t('loading')} />;
  if (me.isError) return <Problem error={me.error} retry={() => me.refetch()} />;
  if (me.data === null) return <Navigate to="/sign-in" state={{ from: pathname + search + hash }} replace />;
  return <Shell me={me.data} />;
}

function Shell({ me }: { me: Me }) {
  const { t } = useTranslation();
  const [open, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const pages = [
    { to: '/', label: t('frame.home'), icon: <IconHome size={18} aria-hidden /> },
    { to: '/apps', label: t('frame.apps'), icon: <IconTable size={18} aria-hidden /> },
    { to: '/processes', label: t('frame.processes'), icon: <IconLayoutKanban size={18} aria-hidden /> },
    { to: '/webhooks', label: t('frame.webhooks'), icon: <IconWebhook size={18} aria-hidden /> },
    { to: '/planning', label: t('frame.planning'), icon: <IconChartBar size={18} aria-hidden /> },
    { to: '/catalog', label: t('frame.catalog'), icon: <IconBuildingStore size={18} aria-hidden /> },
    { to: '/people', label: t('frame.people'), icon: <IconUsers size={18} aria-hidden /> },
    { to: '/account', label: t('account.title'), icon: <IconUser size={18} aria-hidden /> },
    ...(me.roles.includes('admin')
      ? [
          { to: '/keys', label: t('people.signedIn'), icon: <IconKey size={18} aria-hidden /> },
          { to: '/traffic', label: t('frame.traffic'), icon: <IconActivity size={18} aria-hidden /> },
          { to: '/access-log', label: t('frame.accessLog'), icon: <IconListSearch size={18} aria-hidden /> },
          { to: '/workspace', label: t('frame.workspace'), icon: <IconFileCode size={18} aria-hidden /> },
          { to: '/settings', label: t('settings.title'), icon: <IconSettings size={18} aria-hidden /> },
        ]
      : []),
  ];

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 210, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding="md"
    >
      <a className="skip-link" href="#content">
        {t('frame.skip')}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={open}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t('frame.menu')}
              aria-expanded={open}
            />
            <Text fw={700} size="lg" component={Link} to="/" c="inherit" td="none">
              Renkei
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <LanguageSelect />
            <ColorsButton />
            <AccountMenu me={me} />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t('frame.navigation')}>
        {pages.map(({ to, label, icon }) => (
          <NavLink
            key={to}
            component={Link}
            to={to}
            label={label}
            leftSection={icon}
            active={isWithin(pathname, to)}
            aria-current={isWithin(pathname, to) ? 'page' : undefined}
            onClick={close}
          />
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Suspense fallback={<Loader aria-label={t('loading')} />}>
          <Outlet />
        </Suspense>
      </AppShell.Main>
    </AppShell>
  );
}

/** Whether an address belongs to the page at this one. */
function isWithin(pathname: string, to: string): boolean {
  return pathname === to || (to !== '/' && pathname.startsWith(`${to}/`));
}

function AccountMenu({ me }: { me: Me }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();

  async function leave() {
    await signOut().catch(() => undefined); // a session that is gone already is what was wanted
    queries.clear();
    await navigate('/sign-in');
  }

  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          px="xs"
          leftSection={<IconUser size={18} aria-hidden />}
          aria-label={t('frame.account', { name: me.name })}
        >
          <Text span size="sm" visibleFrom="xs">
            {me.name}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to="/account" leftSection={<IconUser size={16} aria-hidden />}>
          {t('account.title')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={leave}>
          {t('frame.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
