import { type Command, InvalidArgumentError } from 'commander';
import type { BackupFlags, VerifyFlags } from './backup.command.ts';
import type { RestoreFlags } from './restore.command.ts';
import type { WithConfig } from './with-config.ts';

export function addBackup(program: Command, withConfig: WithConfig): void {
  const backup = program
    .command('backup')
    .description('back up database and blobs, also beside a running registry')
    .argument('<directory>', 'where the backups are; blobs that are there are not copied again')
    .option('--with-secret-key', 'put the key of all stored secrets into the backup', false)
    .action(
      withConfig(async (config, directory: string, options: BackupFlags) =>
        (await import('./backup.command.ts')).backUp(config, directory, options),
      ),
    );
  backup
    .command('list')
    .description('tell which backups there are')
    .argument('<directory>')
    .action(
      withConfig(async (_config, directory: string) =>
        (await import('./backup.command.ts')).listBackups(directory),
      ),
    );
  backup
    .command('verify')
    .description('read a backup as a restore would, and hold every blob against its digest')
    .argument('<directory>')
    .option('--quick', 'compare only the sizes of blobs')
    .option('--set <name>', 'another backup than the newest')
    .action(
      withConfig(async (_config, directory: string, options: VerifyFlags) =>
        (await import('./backup.command.ts')).verify(directory, options),
      ),
    );
  backup
    .command('prune')
    .description('remove all backups but the newest, and the blobs that only they need')
    .argument('<directory>')
    .requiredOption('--keep <n>', 'how many stay', positive)
    .action(
      withConfig(async (_config, directory: string, options: { keep: number }) =>
        (await import('./backup.command.ts')).prune(directory, options),
      ),
    );
}

export function addRestore(program: Command, withConfig: WithConfig): void {
  program
    .command('restore')
    .description('fill an empty data directory and an empty database from a backup')
    .argument('<directory>', 'where the backups are')
    .option('--set <name>', 'another backup than the newest')
    .action(
      withConfig(async (config, directory: string, options: RestoreFlags) =>
        (await import('./restore.command.ts')).restore(config, directory, options),
      ),
    );
}

function positive(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) {
    throw new InvalidArgumentError('It must be a whole number from 1.');
  }
  return Number(text);
}
