namespace DriftStream.Host.History;

/// <summary>The tables. Times are microseconds since 1970; a body is the record's JSON, compressed.</summary>
internal static class HistoryTables
{
    public const string Text = """
        CREATE TABLE about (prefix TEXT NOT NULL);

        -- Where each partition is read on: in the same transaction as what was read of it.
        CREATE TABLE position (topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (topic, partition)) WITHOUT ROWID;

        -- One row a part of a verdict. `at` is the time of its record, by which it is kept; `strip` is what a strip draws of it,
        -- `delay` after how long labels were joined.
        CREATE TABLE verdict (
          id TEXT NOT NULL UNIQUE, model TEXT NOT NULL, version TEXT NOT NULL, rest INTEGER NOT NULL, window TEXT NOT NULL, start INTEGER NOT NULL,
          ends INTEGER NOT NULL, part INTEGER NOT NULL, complete INTEGER NOT NULL, rows INTEGER NOT NULL, late INTEGER NOT NULL, lost REAL,
          judgement INTEGER NOT NULL, why TEXT NOT NULL, plan TEXT NOT NULL, baseline TEXT, at INTEGER NOT NULL, strip TEXT NOT NULL, body BLOB NOT NULL,
          delay INTEGER);
        CREATE INDEX verdict_of ON verdict (model, window, ends);
        CREATE INDEX verdict_at ON verdict (at);

        -- The last window of each name of each model, those of labels that come later by their delay, so that the fleet is read at once.
        CREATE TABLE model (
          id TEXT NOT NULL, window TEXT NOT NULL, delay INTEGER, start INTEGER NOT NULL, ends INTEGER NOT NULL, rows INTEGER NOT NULL,
          judgement INTEGER NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (id, window)) WITHOUT ROWID;

        -- Every revision of every episode, and the newest of each.
        CREATE TABLE alert (
          id TEXT PRIMARY KEY, episode TEXT NOT NULL, revision INTEGER NOT NULL, told INTEGER NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL);
        CREATE INDEX alert_of ON alert (episode, revision);
        CREATE TABLE episode (
          id TEXT PRIMARY KEY, model TEXT NOT NULL, owner TEXT NOT NULL, recipients TEXT NOT NULL, status TEXT NOT NULL, severity TEXT NOT NULL,
          revision INTEGER NOT NULL, because TEXT NOT NULL, since INTEGER NOT NULL, began INTEGER NOT NULL, told INTEGER NOT NULL, ends INTEGER NOT NULL,
          respond_by INTEGER, acknowledged TEXT, summary TEXT NOT NULL, at INTEGER NOT NULL);
        -- What windows say of each symptom that has been on, and of which symptoms the newest alert of an episode told, with those that were on:
        -- alerts say how it was when they were told. Severities by their rank.
        CREATE TABLE symptom (
          key TEXT PRIMARY KEY, is_on INTEGER NOT NULL, severity INTEGER NOT NULL, ends INTEGER NOT NULL, summary TEXT NOT NULL, at INTEGER NOT NULL)
          WITHOUT ROWID;
        CREATE TABLE told (
          episode TEXT NOT NULL, key TEXT NOT NULL, loud INTEGER NOT NULL, severity INTEGER NOT NULL, ends INTEGER NOT NULL, PRIMARY KEY (episode, key))
          WITHOUT ROWID;
        CREATE INDEX episode_of ON episode (model, ends);
        CREATE INDEX episode_at ON episode (at);

        -- What people said, and what the desk replied: they come from two topics, in any order.
        CREATE TABLE answer (
          id TEXT PRIMARY KEY, owner TEXT, kind TEXT, by TEXT, model TEXT, episode TEXT, said INTEGER, until INTEGER, body TEXT, outcome TEXT, why TEXT,
          heard INTEGER, at INTEGER NOT NULL);
        CREATE INDEX answer_of ON answer (episode);
        CREATE INDEX answer_kind ON answer (kind, until);

        CREATE TABLE action (
          id TEXT PRIMARY KEY, revision INTEGER NOT NULL, model TEXT NOT NULL, episode TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
          told INTEGER NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL);
        CREATE INDEX action_of ON action (model, told);

        CREATE TABLE plan (epoch INTEGER PRIMARY KEY, hash TEXT NOT NULL, by TEXT NOT NULL, at INTEGER NOT NULL);
        """;
}
