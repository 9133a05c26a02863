/* cmd.h — the commands, one file each: what it does, and beside that what its help says. */
#ifndef JEMPUT_CLI_CMD_H
#define JEMPUT_CLI_CMD_H

#include "options.h"

extern const struct command command_init;
extern const struct command command_invite;
extern const struct command command_join;
extern const struct command command_devices;
extern const struct command command_device;
extern const struct command command_admit;
extern const struct command command_approve;
extern const struct command command_root;
extern const struct command command_import;
extern const struct command command_attach;
extern const struct command command_attachments;
extern const struct command command_sql;
extern const struct command command_sync;
extern const struct command command_bundle;
extern const struct command command_hub;
extern const struct command command_central;
extern const struct command command_console;
extern const struct command command_status;
extern const struct command command_log;
extern const struct command command_history;
extern const struct command command_conflicts;
extern const struct command command_held;
extern const struct command command_refused;
extern const struct command command_adopt;
extern const struct command command_cases;
extern const struct command command_resolve;
extern const struct command command_duplicates;
extern const struct command command_merge_rows;
extern const struct command command_why;
extern const struct command command_diff;
extern const struct command command_rebuild;
extern const struct command command_checkpoint;
extern const struct command command_forget;
extern const struct command command_pin;
extern const struct command command_verify;
extern const struct command command_recap;
extern const struct command command_export;
extern const struct command command_signers;
extern const struct command command_fork_proof;
extern const struct command command_version;

#endif
