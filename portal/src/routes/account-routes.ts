import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { root } from './root.ts';

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/account/sign-in',
  component: lazyRouteComponent(() => import('../features/account/sign-in-page.tsx'), 'SignInPage'),
});

const signUp = createRoute({
  getParentRoute: () => root,
  path: '/account/sign-up',
  component: lazyRouteComponent(() => import('../features/account/sign-up-page.tsx'), 'SignUpPage'),
});

const choosePassword = createRoute({
  getParentRoute: () => root,
  path: '/account/choose-password',
  component: lazyRouteComponent(
    () => import('../features/account/choose-password-page.tsx'),
    'ChoosePasswordPage',
  ),
});

const oidcOnboard = createRoute({
  getParentRoute: () => root,
  path: '/oidc-onboard',
  component: lazyRouteComponent(
    () => import('../features/account/oidc-onboard-page.tsx'),
    'OidcOnboardPage',
  ),
});

export const accountRoutes = [signIn, signUp, choosePassword, oidcOnboard] as const;
