/// The tables, as numbered migrations that are never edited once merged.
enum Schema {
    /// The version that this program writes.
    static let version = Int64(migrations.count)

    /// Each script brings the ledger from the version of its index to the next.
    static let migrations = [tables]

    /// Whether `column` is one of `values`, or NULL, for a `CHECK`.
    ///
    /// Spelt out with OR, because SQLite builds a temporary table for each `IN` of three values or more, each time
    /// a row is written: that was a third of all work of a commit.
    private static func oneOf(_ column: String, _ values: String...) -> String {
        values.map { "\(column) = '\($0)'" }.joined(separator: " OR ")
    }

    private static let taskStates = oneOf(
        "state",
        "stored",
        "claimed",
        "produced",
        "handed-on",
        "settled",
        "blocked",
        "failed",
        "cancelled"
    )
    private static let origins = oneOf("origin", "stored", "claimed", "produced")
    private static let deliveryStates = oneOf("state", "waiting", "received", "refused", "dropped")
    private static let jobStates = oneOf("state", "open", "closed", "blocked", "failed", "cancelled")

    private static let tables = """
        CREATE TABLE event (
            seq INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            job TEXT, task TEXT, kind TEXT NOT NULL,
            from_state TEXT, to_state TEXT, by TEXT NOT NULL, why TEXT,
            prev TEXT NOT NULL, hash TEXT NOT NULL
        ) STRICT;
        CREATE INDEX event_job ON event (job, seq) WHERE job IS NOT NULL;

        -- Every file that came by POST /upload; bound once a task or an order names it.
        CREATE TABLE upload (
            job TEXT NOT NULL, round INTEGER NOT NULL, name TEXT NOT NULL, sender TEXT NOT NULL,
            folded TEXT NOT NULL,
            size INTEGER NOT NULL, sha256 TEXT NOT NULL,
            utf8 INTEGER NOT NULL CHECK (utf8 IN (0, 1)), headings TEXT NOT NULL, hidden TEXT NOT NULL,
            seq INTEGER NOT NULL, at INTEGER NOT NULL,
            bound INTEGER NOT NULL CHECK (bound IN (0, 1)),
            PRIMARY KEY (job, round, name, sender)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX upload_bound ON upload (job, round, folded) WHERE bound = 1;
        CREATE INDEX upload_unbound ON upload (sender, at) WHERE bound = 0;
        CREATE INDEX upload_age ON upload (at) WHERE bound = 0;

        CREATE TABLE task (
            id TEXT PRIMARY KEY,
            job TEXT NOT NULL, stage TEXT NOT NULL, round INTEGER NOT NULL,
            sender TEXT NOT NULL,
            state TEXT NOT NULL CHECK (\(taskStates)),
            origin TEXT CHECK (\(origins)),
            since INTEGER NOT NULL,
            not_before INTEGER NOT NULL DEFAULT 0,
            epoch INTEGER NOT NULL DEFAULT 0,
            -- Claims by consumers that were not given back in good order, since a human last helped.
            attempts INTEGER NOT NULL DEFAULT 0,
            releases INTEGER NOT NULL DEFAULT 0,
            lease_until INTEGER, claimed_at INTEGER,
            holder_by TEXT CHECK (holder_by IN ('consumer', 'human')),
            holder_pid INTEGER, holder_start INTEGER,
            -- What the holder measured last, when, and when that was more than before.
            progress_bytes INTEGER, progress_cpu_ms INTEGER, measured_at INTEGER, moved_at INTEGER,
            reason TEXT,
            document BLOB NOT NULL, digest TEXT NOT NULL, seq INTEGER NOT NULL UNIQUE,
            CHECK ((state = 'blocked') = (origin IS NOT NULL))
        ) STRICT;
        CREATE INDEX task_job ON task (job, seq);
        CREATE INDEX task_state ON task (state, seq);
        CREATE INDEX task_since ON task (state, since);
        CREATE INDEX task_lease ON task (lease_until) WHERE state = 'claimed' AND lease_until IS NOT NULL;

        CREATE TABLE task_input (
            task TEXT NOT NULL, position INTEGER NOT NULL,
            name TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
            PRIMARY KEY (task, position)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE output (
            task TEXT NOT NULL, epoch INTEGER NOT NULL, name TEXT NOT NULL,
            size INTEGER NOT NULL, sha256 TEXT NOT NULL,
            utf8 INTEGER NOT NULL CHECK (utf8 IN (0, 1)), headings TEXT NOT NULL, hidden TEXT NOT NULL,
            final INTEGER NOT NULL DEFAULT 0 CHECK (final IN (0, 1)),
            PRIMARY KEY (task, epoch, name)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE link (
            task TEXT PRIMARY KEY, envelope BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE task_count (
            state TEXT PRIMARY KEY, n INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER task_counted AFTER INSERT ON task BEGIN
            INSERT INTO task_count VALUES (new.state, 1) ON CONFLICT (state) DO UPDATE SET n = n + 1;
        END;
        CREATE TRIGGER task_recounted AFTER UPDATE OF state ON task WHEN old.state <> new.state BEGIN
            UPDATE task_count SET n = n - 1 WHERE state = old.state;
            INSERT INTO task_count VALUES (new.state, 1) ON CONFLICT (state) DO UPDATE SET n = n + 1;
        END;

        -- What this node owes others, stored with what caused it.
        CREATE TABLE delivery (
            id INTEGER PRIMARY KEY,
            recipient TEXT NOT NULL, kind TEXT NOT NULL, job TEXT NOT NULL, round INTEGER NOT NULL,
            -- The claim that made the files, and whether its task is handed on by the receipt.
            task TEXT, cause TEXT, cause_epoch INTEGER, hands_on INTEGER NOT NULL CHECK (hands_on IN (0, 1)),
            -- The round under which files without a cause lie here.
            files_round INTEGER NOT NULL,
            document BLOB NOT NULL, digest TEXT NOT NULL,
            state TEXT NOT NULL CHECK (\(deliveryStates)),
            attempts INTEGER NOT NULL DEFAULT 0,
            next_at INTEGER NOT NULL, lease_until INTEGER NOT NULL DEFAULT 0,
            holder_pid INTEGER, holder_start INTEGER,
            -- It waits because its recipient could not be reached.
            unreached INTEGER NOT NULL DEFAULT 0 CHECK (unreached IN (0, 1)),
            error TEXT, receipt TEXT
        ) STRICT;
        CREATE INDEX delivery_waiting ON delivery (next_at) WHERE state = 'waiting';
        CREATE INDEX delivery_open ON delivery (id) WHERE state IN ('waiting', 'refused');
        CREATE INDEX delivery_leased ON delivery (lease_until) WHERE lease_until > 0;
        CREATE INDEX delivery_unreached ON delivery (recipient) WHERE unreached = 1;
        CREATE INDEX delivery_job ON delivery (job);
        CREATE INDEX delivery_cause ON delivery (cause) WHERE cause IS NOT NULL;

        CREATE TABLE delivery_file (
            delivery INTEGER NOT NULL, position INTEGER NOT NULL,
            name TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
            made INTEGER NOT NULL CHECK (made IN (0, 1)),
            PRIMARY KEY (delivery, position)
        ) STRICT, WITHOUT ROWID;

        -- Jobs that this node ordered.
        CREATE TABLE job (
            id TEXT PRIMARY KEY,
            state TEXT NOT NULL CHECK (\(jobStates)),
            round INTEGER NOT NULL,
            ordered_at INTEGER NOT NULL, deadline INTEGER NOT NULL, closed_at INTEGER,
            reason TEXT,
            controls INTEGER NOT NULL DEFAULT 0,
            seq INTEGER NOT NULL UNIQUE,
            closeout BLOB, closeout_statement BLOB,
            CHECK ((state = 'closed') = (closeout IS NOT NULL)),
            CHECK ((closeout IS NULL) = (closeout_statement IS NULL))
        ) STRICT;
        CREATE INDEX job_state ON job (state, seq);
        CREATE INDEX job_deadline ON job (deadline) WHERE state IN ('open', 'blocked');

        CREATE TABLE job_order (
            job TEXT NOT NULL, round INTEGER NOT NULL, envelope BLOB NOT NULL, digest TEXT NOT NULL,
            PRIMARY KEY (job, round)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE ladder (
            job TEXT NOT NULL, round INTEGER NOT NULL, position INTEGER NOT NULL,
            stage TEXT NOT NULL, node TEXT NOT NULL, state TEXT,
            ordered_at INTEGER, stored_at INTEGER, claimed_at INTEGER, produced_at INTEGER,
            handed_on_at INTEGER, validated_at INTEGER,
            PRIMARY KEY (job, round, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX ladder_stage ON ladder (job, stage, round);

        -- Jobs that take no more work here: all of it, or rounds up to `through`.
        CREATE TABLE ended (
            job TEXT PRIMARY KEY, through INTEGER NOT NULL, code TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE control (
            job TEXT NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL,
            digest TEXT NOT NULL, seq INTEGER NOT NULL,
            PRIMARY KEY (job, kind, n)
        ) STRICT, WITHOUT ROWID;

        -- Answers to local requests, so that a repeated one gets the same.
        CREATE TABLE request (
            instance TEXT NOT NULL, request TEXT NOT NULL,
            digest TEXT NOT NULL, status INTEGER NOT NULL, body BLOB NOT NULL, at INTEGER NOT NULL,
            PRIMARY KEY (instance, request)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX request_at ON request (at);

        -- The machine's start since which leases and waits are reckoned: steady time is its clock plus `ahead`.
        CREATE TABLE boot (
            one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, ahead INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE peer (
            node TEXT PRIMARY KEY, seq INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
