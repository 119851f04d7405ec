export interface Account {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
}

/** Who does something, and whether the app does it. */
export interface Actor {
  readonly account: Account;
  readonly viaApp: boolean;
}
