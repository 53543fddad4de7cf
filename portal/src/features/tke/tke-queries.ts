import { queryOptions, useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { type Place, tke } from './tke-api.ts';
import { type Caller, callerOf, nobody } from './tke-rights.ts';
import type { Chart } from './tke-types.ts';

export const sysinfoQuery = queryOptions({
  queryKey: ['tke', 'sysinfo'],
  queryFn: ({ signal }) => tke.sysinfo(signal),
  staleTime: 300_000,
});

export const userInfoQuery = queryOptions({
  queryKey: ['tke', 'user'],
  queryFn: ({ signal }) => tke.userInfo(signal),
  staleTime: 60_000,
});

export const namespacesQuery = queryOptions({
  queryKey: ['tke', 'namespaces'],
  queryFn: ({ signal }) => tke.listNamespaces(signal),
});

export function namespaceQuery(place: Place) {
  return queryOptions({
    queryKey: ['tke', 'namespaces', place],
    queryFn: ({ signal }) => tke.getNamespace(place, signal),
  });
}

export function repositoriesQuery(place: Place) {
  return queryOptions({
    queryKey: ['tke', 'repositories', place],
    queryFn: ({ signal }) => tke.listRepositories(place, signal),
  });
}

export const chartGroupsQuery = queryOptions({
  queryKey: ['tke', 'chartgroups'],
  queryFn: ({ signal }) => tke.listChartGroups(signal),
});

export function chartGroupQuery(place: Place) {
  return queryOptions({
    queryKey: ['tke', 'chartgroups', place],
    queryFn: ({ signal }) => tke.getChartGroup(place, signal),
  });
}

export function chartsQuery(place: Place) {
  return queryOptions({
    queryKey: ['tke', 'charts', place],
    queryFn: ({ signal }) => tke.listCharts(place, signal),
  });
}

export function chartInfoQuery(chart: Chart, version: string) {
  return queryOptions({
    queryKey: ['tke', 'charts', 'info', chart.metadata.name, version],
    queryFn: ({ signal }) => tke.getChartInfo(chart, version, signal),
  });
}

export const apiKeysQuery = queryOptions({
  queryKey: ['tke', 'apikeys'],
  queryFn: ({ signal }) => tke.listApiKeys(signal),
});

/** Who is signed in, as the tenant knows them; nobody until that is known. */
export function useCaller(): Caller {
  const { data } = useQuery(userInfoQuery);
  return data === undefined ? nobody : callerOf(data);
}

/** The tenant of the address, which names of several tenants need. */
export function usePlace(name: string): Place {
  const search: Readonly<Record<string, string | number | undefined>> = useSearch({
    strict: false,
  });
  const tenant = search['tenant'];
  return { name, tenant: tenant === undefined ? undefined : String(tenant) };
}
