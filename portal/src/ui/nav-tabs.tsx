import type { LinkProps } from '@tanstack/react-router';
import { Link as RouterLink, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';

export interface NavTab {
  readonly label: string;
  readonly link: Pick<LinkProps, 'to' | 'params' | 'search'>;
  /** The page of the tab alone is it, not those below. */
  readonly isExact?: boolean;
}

/** Tabs that are pages: each has an address. */
export function NavTabs({ label, tabs }: { label: string; tabs: readonly NavTab[] }) {
  const ref = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    const current = ref.current?.querySelector('[aria-current]');
    current?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [pathname]);
  return (
    <nav aria-label={label} className="nav-tabs" ref={ref}>
      {tabs.map((tab) => (
        <RouterLink
          key={tab.label}
          {...tab.link}
          activeOptions={{ exact: tab.isExact === true, includeSearch: false }}
          className="nav-tab"
        >
          {tab.label}
        </RouterLink>
      ))}
    </nav>
  );
}
