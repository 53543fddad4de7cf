/** On whose behalf something is written: shown in the tag's history and in events. */
export interface Actor {
  readonly name: string;
  readonly requestId: string;
}
