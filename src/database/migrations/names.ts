/** The names of the migrations in order; apart, so that whoever only asks whether all are done need not load them. */
export const MIGRATION_NAMES = ['Migration20261123Initial', 'Migration20261128Addresses', 'Migration20261128Lists', 'Migration20261128Reasons', 'Migration20261128Devices', 'Migration20261128Notices', 'Migration20261128Networks', 'Migration20261128EndedBy'] as const
