/** The shapes of the API, as the screens use them. */
export * from './types/admin';
export * from './types/arrivals';
export * from './types/directories';
export * from './types/groups';
export * from './types/leavers';
export * from './types/people';
