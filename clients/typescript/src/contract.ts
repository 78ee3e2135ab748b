// Made from docs/openapi.json by npm run generate.

export interface paths {
    "/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List jobs
         * @description Your jobs, newest first, a page at a time. Jobs that were deleted, and those whose files expired long ago, are
         *     not listed.
         */
        get: operations["listJobs"];
        put?: never;
        /**
         * Separate a recording
         * @description Send a recording and options as a form, or as JSON where the recording is. It is stored as it arrives, and
         *     separated later.
         */
        post: operations["createJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/from-file": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Separate a file
         * @description POST /v1/jobs with the form alone, for generated clients that know one kind of body per operation.
         */
        post: operations["createJobFromFile"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a job
         * @description State, progress, timings and outputs. Poll it as Retry-After says, with If-None-Match to save bytes. With a token
         *     instead of a key, the owner's fields are empty: `metadata`, `batch`, `webhook_url` and `source.url`.
         */
        get: operations["getJob"];
        put?: never;
        post?: never;
        /**
         * Delete a job
         * @description Remove a job with its recording and all its files; one that runs is stopped first. There is no way back.
         */
        delete: operations["deleteJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Cancel a job
         * @description Ask a job to stop. Asking again is fine.
         */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Try a job again
         * @description Make a new job of a failed, canceled or expired one: the same recording, which is kept as long as the job's
         *     files are, and the same options. Its deadline and retention are counted anew.
         */
        post: operations["retryJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/batches/{batch}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a batch
         * @description Counts by state, at the cost of one look however many jobs there are. To wait for a batch, make all its jobs,
         *     then ask as Retry-After says until `over` is true.
         */
        get: operations["getBatch"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Announce an upload
         * @description Get an address to PUT a file to, straight into the object storage; then make a job with its `upload_id`.
         *
         *     Good for uploads in the background of a mobile app: the PUT needs nothing but the address and the file. Large files
         *     go in parts, in any order, several at once or again.
         */
        post: operations["createUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at an upload
         * @description What has arrived, and fresh addresses for what has not.
         */
        get: operations["getUpload"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads/{upload_id}/complete": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Complete an upload
         * @description Check that every byte has arrived, and put the parts together. Asking again is fine.
         */
        post: operations["completeUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Listen to a job
         * @description State, stage, progress, pieces to play, outputs: each with `revision`, which tells how new your job is.
         *
         *     Types: state, stage, source, prepared, chunk_done, piece, output, failure, cancel_requested. While nothing happens,
         *     a comment (`: ping`) comes every 15 seconds: let a read time out after 45 s, not sooner.
         */
        get: operations["streamJobEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/outputs/{stem}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download a stem
         * @description Redirect to the finished file. This address stays; the one it leads to is made anew each time.
         */
        get: operations["downloadOutput"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * Look at a stem's file
         * @description Size and type of the finished file, answered here: the address that GET redirects to takes no HEAD.
         */
        head: operations["headOutput"];
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/outputs.zip": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download all stems as one file
         * @description All outputs of the job, packed while they are sent. A download that broke off begins anew: a single stem can be
         *     continued, this cannot.
         */
        get: operations["getArchive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * Look at the file of all stems
         * @description Size and name of the archive, without making it.
         */
        head: operations["headArchive"];
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/hls/{stem}.m3u8": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Listen to a stem while it is being made
         * @description An HLS playlist of what is out so far, from the first piece on; 24 bit stereo at 48 kHz or less. Fetched with a
         *     token, it carries the token on to its segments.
         */
        get: operations["getPlaylist"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/hls/{stem}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a segment of a playlist
         * @description What the playlist names; under a megabyte each.
         */
        get: operations["getSegment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/peaks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the waveform of the stems
         * @description The waveform of what has been separated so far: 6 kB for a minute of two stems.
         */
        get: operations["getPeaks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/token": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a token for a job's audio and events
         * @description For a player, EventSource or a link, which send no Authorization header. The token opens this job,
         *     its events, waveform, playlists, segments and outputs to anyone who has it, for reading, and nothing else.
         */
        post: operations["createJobToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the webhook secret
         * @description The secret that signs your webhooks; the first is made when it is first asked for.
         */
        get: operations["getWebhookSecret"];
        put?: never;
        /**
         * Replace the webhook secret
         * @description Make a new secret. For a day webhooks are signed with both, so that receivers can change over.
         */
        post: operations["rotateWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/webhooks/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a test event
         * @description Send a signed `webhook.test` event to an address and wait for what comes of it: once, by the way and under the
         *     rules of jobs' events, so nothing in the network between is left out. A receiver that fails is an answer here
         *     (`outcome`, `status`), not an error.
         */
        post: operations["testWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Look at a job's webhook deliveries
         * @description What came of telling `webhook_url` that the job is over; empty while it is not, or has no webhook_url.
         */
        get: operations["listJobDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/redeliver": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Deliver a job's webhook again
         * @description Send the event of a job that is over once more, now, with the same `webhook-id`, and with as many attempts as the
         *     first time: for one that was given up, or that waits for its next attempt. Asking again does no more than asking
         *     once; what was delivered is not sent again.
         */
        post: operations["redeliverWebhook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * See what is used and left
         * @description Quotas of the tenant, rates of the key, and when they are counted anew. Where no key is needed there are no
         *     limits but that of open uploads.
         */
        get: operations["getUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List keys
         * @description For an operator's key. All keys of the service, of every tenant, a page at a time.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Make a key
         * @description For an operator's key. The new key is a normal one, of any tenant and with any limits. When the answer is lost,
         *     the key cannot be told again: find it in the list by its name, revoke it, and make another.
         */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/keys/{key_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Revoke a key
         * @description For an operator's key. At once and for ever; again is fine. The tenant's jobs stay.
         */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the models
         * @description Name, version, qualities, and whether commercial use is allowed.
         */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is the process alive?
         * @description Touches nothing but this process: a failure means that it should be restarted.
         */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can jobs be taken and worked on?
         * @description `ready`; `degraded` when jobs are accepted but wait for want of a worker; 503 without Redis or S3.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Metrics for Prometheus
         * @description Requests of this process, and the queue as the store knows it (the same from every replica).
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface webhooks {
    "job.succeeded": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job has succeeded
         * @description Sent to the job's `webhook_url`, signed by Standard Webhooks with the secret of GET /v1/webhooks/secret. Answer with 2xx within 15 seconds; anything else is tried again, twelve times in about a day. The same message may come twice, with the same `webhook-id`.
         */
        post: operations["onJobSucceeded"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.failed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job has failed
         * @description Sent to the job's `webhook_url`, signed by Standard Webhooks with the secret of GET /v1/webhooks/secret. Answer with 2xx within 15 seconds; anything else is tried again, twelve times in about a day. The same message may come twice, with the same `webhook-id`.
         */
        post: operations["onJobFailed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.canceled": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job has been canceled
         * @description Sent to the job's `webhook_url`, signed by Standard Webhooks with the secret of GET /v1/webhooks/secret. Answer with 2xx within 15 seconds; anything else is tried again, twelve times in about a day. The same message may come twice, with the same `webhook-id`.
         */
        post: operations["onJobCanceled"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "job.expired": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A job has expired
         * @description Sent to the job's `webhook_url`, signed by Standard Webhooks with the secret of GET /v1/webhooks/secret. Answer with 2xx within 15 seconds; anything else is tried again, twelve times in about a day. The same message may come twice, with the same `webhook-id`.
         */
        post: operations["onJobExpired"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "webhook.test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Your webhook is tested
         * @description Sent once, when POST /v1/webhooks/test asks for it, signed as the others. No job has ended: answer with 2xx.
         */
        post: operations["onWebhookTest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export interface components {
    schemas: {
        /**
         * ApiKeyLimits
         * @description What a key may do. Null: as the service's settings say; 0: no limit.
         */
        ApiKeyLimits: {
            /**
             * Requests Per Minute
             * @description Requests other than submissions.
             */
            requests_per_minute?: number | null;
            /**
             * Submissions Per Minute
             * @description New jobs, uploads, retries, and messages to webhooks that are asked for.
             */
            submissions_per_minute?: number | null;
            /**
             * Jobs In Flight
             * @description Jobs of the tenant that wait or run.
             */
            jobs_in_flight?: number | null;
            /**
             * Audio S Per Day
             * @description Seconds of audio of the tenant in a day.
             */
            audio_s_per_day?: number | null;
        };
        /**
         * ApiKeyList
         * @description A page of keys, newest first.
         */
        ApiKeyList: {
            /**
             * Keys
             * @description Newest first, revoked ones too.
             */
            keys: components["schemas"]["ApiKey"][];
            /**
             * Next Cursor
             * @description Give it as `cursor` to get the next page; null on the last one.
             * @example 8r0s1t2v3w4x
             */
            next_cursor: string | null;
        };
        /**
         * ApiKeyRequest
         * @description A key to make.
         */
        ApiKeyRequest: {
            /**
             * Name
             * @description What the key is for, for your own lists.
             * @example user 8231
             */
            name: string;
            /**
             * Tenant
             * @description Whose jobs it may see: keys of one tenant share them. Lower-case letters, digits, dots, dashes and underscores. Default: the tenant of the key that asks.
             * @example user-8231
             */
            tenant?: string | null;
            /**
             * Expires S
             * @description Seconds after which the key ends; by default it holds until it is revoked.
             * @example 86400
             */
            expires_s?: number | null;
            /** @description Its limits, where they are not the service's. */
            limits?: components["schemas"]["ApiKeyLimits"] | null;
        };
        /**
         * ApiKey
         * @description A key, without its secret.
         */
        ApiKey: {
            /**
             * Id
             * @description Names the key in lists and logs; it opens nothing.
             * @example 8r0s1t2v3w4x
             */
            id: string;
            /**
             * Tenant
             * @description Whose jobs it may see.
             * @example user-8231
             */
            tenant: string;
            /**
             * Name
             * @description As given.
             * @example user 8231
             */
            name: string;
            /**
             * Operator
             * @description Whether it may manage keys.
             */
            operator: boolean;
            /** @description As given. */
            limits: components["schemas"]["ApiKeyLimits"];
            /**
             * Created At
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Expires At
             * @description When it ends; null: when it is revoked.
             */
            expires_at: string | null;
            /**
             * Last Used At
             * @description True to the minute; null: never.
             */
            last_used_at: string | null;
            /**
             * Revoked At
             * @description When it was revoked; null: it was not.
             */
            revoked_at: string | null;
        };
        /**
         * AtOnce
         * @description What the key may have going on at a time, with each process of the API. Null: no limit.
         */
        AtOnce: {
            /**
             * Uploads
             * @description Recordings that are received as forms.
             * @example 8
             */
            uploads: number | null;
            /**
             * Event Streams
             * @description Streams of events.
             * @example 100
             */
            event_streams: number | null;
            /**
             * Archives
             * @description Downloads of all stems in one file.
             * @example 4
             */
            archives: number | null;
        };
        /**
         * AudioUsage
         * @description Seconds of audio that the tenant may have separated in a day.
         */
        AudioUsage: {
            /**
             * Limit S
             * @description In a day; null: no limit.
             * @example 360000
             */
            limit_s: number | null;
            /**
             * Used S
             * @description Since the day began, as recordings turned out to be so long.
             * @example 5400.5
             */
            used_s: number;
            /**
             * Left S
             * @description A job is taken while there is any; null: no limit.
             * @example 354599.5
             */
            left_s: number | null;
            /**
             * Resets At
             * Format: date-time
             * @description When the next day begins (UTC), and it is counted anew.
             */
            resets_at: string;
        };
        /**
         * BatchCounts
         * @description How many jobs of a batch are in each state.
         */
        BatchCounts: {
            /**
             * Queued
             * @description Waiting for their turn.
             * @example 950
             */
            queued: number;
            /**
             * Running
             * @description Being worked on.
             * @example 8
             */
            running: number;
            /**
             * Succeeded
             * @description With outputs.
             * @example 40
             */
            succeeded: number;
            /**
             * Failed
             * @description Ended by an error.
             * @example 2
             */
            failed: number;
            /**
             * Canceled
             * @description Stopped.
             * @example 0
             */
            canceled: number;
            /**
             * Expired
             * @description Their deadline passed before they began.
             * @example 0
             */
            expired: number;
        };
        /**
         * BatchSummary
         * @description A batch: how far its jobs are.
         */
        BatchSummary: {
            /**
             * Batch
             * @description Its label.
             * @example album-7
             */
            batch: string;
            /**
             * Jobs
             * @description How many jobs it has. One that is tried again counts twice.
             * @example 1000
             */
            jobs: number;
            /** @description How many of them are in each state. */
            states: components["schemas"]["BatchCounts"];
            /**
             * Over
             * @description Whether all of them are over, whichever way.
             */
            over: boolean;
            /**
             * Jobs Url
             * @description Lists them, relative to this service.
             * @example /v1/jobs?batch=album-7
             */
            jobs_url: string;
        };
        /**
         * CancelRequestedData
         * @description Data of the event `cancel_requested`.
         */
        CancelRequestedData: {
            /**
             * Revision
             * @description Grows by one with each event of the job.
             * @example 6
             */
            revision: number;
            /**
             * Fraction
             * @description Share of the whole work that is done.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description When it happened, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /**
             * Cancel Requested At
             * @description When, in seconds since the epoch.
             * @example 1700000009
             */
            cancel_requested_at: number;
        };
        /**
         * CancelRequestedEvent
         * @description Canceling was asked for; the state follows when work has stopped.
         */
        CancelRequestedEvent: {
            /**
             * @description The `event:` line. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            event: "cancel_requested";
            /**
             * @description The `id:` line: send the last one as Last-Event-ID to go on from there.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before coming back after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["CancelRequestedData"];
        };
        /**
         * Check
         * @description One part of the service.
         */
        Check: {
            /**
             * Ok
             * @description Whether it can be used.
             */
            ok: boolean;
            /**
             * Detail
             * @description In words, for the operator.
             */
            detail: string;
        };
        /**
         * ChunkDoneData
         * @description Data of the event `chunk_done`.
         */
        ChunkDoneData: {
            /**
             * Revision
             * @description Grows by one with each event of the job.
             * @example 6
             */
            revision: number;
            /**
             * Fraction
             * @description Share of the whole work that is done.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description When it happened, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /**
             * Index
             * @description Which chunk, from 0; they come in any order.
             * @example 2
             */
            index: number;
            /**
             * Chunks Done
             * @description How many have been separated.
             * @example 3
             */
            chunks_done: number;
            /**
             * Chunks Total
             * @description Of how many; null until the track has been decoded.
             * @example 12
             */
            chunks_total: number | null;
        };
        /**
         * ChunkDoneEvent
         * @description A chunk has been separated.
         */
        ChunkDoneEvent: {
            /**
             * @description The `event:` line. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            event: "chunk_done";
            /**
             * @description The `id:` line: send the last one as Last-Event-ID to go on from there.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before coming back after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["ChunkDoneData"];
        };
        /**
         * CountUsage
         * @description Things of the tenant that may be there at a time.
         */
        CountUsage: {
            /**
             * Limit
             * @description As many as may be; null: no limit.
             * @example 1000
             */
            limit: number | null;
            /**
             * Used
             * @description As many as there are.
             * @example 3
             */
            used: number;
            /**
             * Left
             * @description Null: no limit.
             * @example 997
             */
            left: number | null;
        };
        /**
         * DeliveryList
         * @description The attempts for one job.
         */
        DeliveryList: {
            /**
             * Deliveries
             * @description Oldest first; at most the last fifty.
             */
            deliveries: components["schemas"]["Delivery"][];
        };
        /**
         * Delivery
         * @description One attempt to tell a webhook that a job is over.
         */
        Delivery: {
            /**
             * Message Id
             * @description The webhook-id header, the same for all attempts: know a repetition by it.
             * @example msg_01k8rz3v9q5w7x2m4n6p8r0s1t
             */
            message_id: string;
            /**
             * Url
             * @description Where it was sent.
             * @example https://app.example/hooks/voicelift
             */
            url: string;
            /**
             * At
             * Format: date-time
             * @description When it was sent.
             */
            at: string;
            /**
             * Seconds
             * @description How long it took.
             * @example 0.231
             */
            seconds: number;
            /**
             * Outcome
             * @description delivered: answered with 2xx. failed: tried again, if next_at says when. refused: the address is not one that is connected to. gone: answered with 410, so it is not tried again.
             * @enum {string}
             */
            outcome: "delivered" | "failed" | "refused" | "gone";
            /**
             * Status
             * @description The HTTP status, if there was an answer.
             * @example 200
             */
            status: number | null;
            /**
             * Detail
             * @description What went wrong, in words.
             * @example no answer within 15 s
             */
            detail: string | null;
            /**
             * Attempt
             * @description Counts from 1.
             * @example 1
             */
            attempt: number;
            /**
             * Next At
             * @description When it is tried again; null when it is not.
             */
            next_at: string | null;
        };
        /**
         * FailureData
         * @description The `error` of a job that ends without a result; its `state` follows.
         */
        FailureData: {
            /**
             * Code
             * @description Stable and machine-readable.
             * @example no_audio
             */
            code: string;
            /**
             * Message
             * @description What happened and what to do about it.
             * @example The file has no sound in it. Send a recording.
             */
            message: string;
            /**
             * Retryable
             * @description Whether the same file and options may succeed in a new job.
             * @default false
             */
            retryable: boolean;
            /**
             * Revision
             * @description Grows by one with each event of the job.
             * @example 6
             */
            revision: number;
            /**
             * Fraction
             * @description Share of the whole work that is done.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description When it happened, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
        };
        /**
         * FailureEvent
         * @description Why the job ends without a result.
         */
        FailureEvent: {
            /**
             * @description The `event:` line. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            event: "failure";
            /**
             * @description The `id:` line: send the last one as Last-Event-ID to go on from there.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before coming back after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["FailureData"];
        };
        /**
         * FieldError
         * @description One field of the request that cannot be used.
         */
        FieldError: {
            /**
             * Field
             * @description Name of the form field or parameter.
             * @example steps
             */
            field: string;
            /**
             * Message
             * @description What is wrong with it.
             * @example Input should be less than or equal to 1000
             */
            message: string;
        };
        /**
         * JobEnded
         * @description The body of a webhook: a job is over.
         */
        JobEnded: {
            /**
             * Type
             * @description How it ended.
             * @example job.succeeded
             * @enum {string}
             */
            type: "job.succeeded" | "job.failed" | "job.canceled" | "job.expired";
            /**
             * Timestamp
             * Format: date-time
             * @description When it ended.
             */
            timestamp: string;
            /** @description The job, as GET /v1/jobs/{job_id} answers it. */
            data: components["schemas"]["Job"];
        };
        /**
         * JobError
         * @description Why a job did not succeed.
         */
        JobError: {
            /**
             * Code
             * @description Stable and machine-readable.
             * @example no_audio
             */
            code: string;
            /**
             * Message
             * @description What happened and what to do about it.
             * @example The file has no sound in it. Send a recording.
             */
            message: string;
            /**
             * Retryable
             * @description Whether the same file and options may succeed in a new job.
             * @default false
             */
            retryable: boolean;
        };
        /**
         * JobEvent
         * @description One server-sent event of a job.
         */
        JobEvent: components["schemas"]["StateEvent"] | components["schemas"]["StageEvent"] | components["schemas"]["SourceEvent"] | components["schemas"]["PreparedEvent"] | components["schemas"]["ChunkDoneEvent"] | components["schemas"]["PieceEvent"] | components["schemas"]["OutputEvent"] | components["schemas"]["FailureEvent"] | components["schemas"]["CancelRequestedEvent"];
        /**
         * JobForm
         * @description A job whose recording is sent along, in `file`.
         */
        JobForm: {
            /**
             * File
             * Format: binary
             * @description The recording: any common audio file, or a video file with sound.
             */
            file: Blob;
            /**
             * Stems
             * @description Stems to make, each once: any that `GET /v1/models` lists, such as vocals and instrumental. Default: vocals, instrumental.
             */
            stems?: string[];
            /**
             * Format
             * @description auto: flac, at 16 bit when the source has 16, else at 24. same: the source's own format where it is one of these. Default: auto.
             * @enum {string}
             */
            format?: "auto" | "same" | "wav16" | "wav24" | "wav32f" | "flac" | "mp3" | "m4a" | "opus";
            /**
             * Quality
             * @description Number of denoising steps, as the model's card says. Masked stems that come from the model's estimate alone need none, so it makes a difference to generative vocals only. Default: standard.
             * @enum {string}
             */
            quality?: "draft" | "standard" | "high";
            /**
             * Steps
             * @description Denoising steps, instead of quality's.
             */
            steps?: number;
            /**
             * Eta
             * @description Noise added per step: 0 none, 1 all of it.
             */
            eta?: number;
            /**
             * Seed
             * @description The same seed gives the same result. Default: 0.
             */
            seed?: number;
            /**
             * Render
             * @description masked: stems that add up to the mixture; generative: the vocals as the generator made them. `GET /v1/models` lists what the model has. Default: masked.
             * @enum {string}
             */
            render?: "generative" | "masked";
            /**
             * Metadata
             * @description Names and values of your own, given back with the job: at most 16, 4 KB in all. In a form: one field that holds a JSON object.
             */
            metadata?: string;
            /**
             * Batch
             * @description A label that jobs share which belong together: they can be listed by it, and waited for at /v1/batches/{batch}. 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first.
             * @example album-7
             */
            batch?: string;
            /**
             * Webhook Url
             * Format: uri
             * @description Where to POST a signed event when the job is over (Standard Webhooks).
             * @example https://app.example/hooks/voicelift
             */
            webhook_url?: string;
            /**
             * Deadline S
             * @description Seconds from acceptance after which the result is of no use: a job that has not begun by then expires, one that runs is stopped.
             * @example 900
             */
            deadline_s?: number;
            /**
             * Retention S
             * @description Seconds after its end for which the job's files are kept; at most, and by default, what the service allows (a week unless its operator says otherwise).
             * @example 86400
             */
            retention_s?: number;
            /**
             * Cache
             * @description Whether a result of yours with the same recording, options and model may be copied instead of computed again. Default: true.
             */
            cache?: boolean;
        };
        /**
         * JobList
         * @description A page of jobs, newest first.
         */
        JobList: {
            /**
             * Jobs
             * @description Newest first.
             */
            jobs: components["schemas"]["Job"][];
            /**
             * Next Cursor
             * @description Give it as `cursor` to get the next page; null on the last one.
             * @example job_01k8rz3v9q5w7x2m4n6p8r0s1t
             */
            next_cursor: string | null;
        };
        /**
         * JobOptions
         * @description What the caller may choose about the separation: equal options on equal bytes give equal files.
         *
         *     `steps` and `eta`, when given, replace those of `quality`.
         */
        JobOptions: {
            /**
             * Stems
             * @description Stems to make, each once: any that `GET /v1/models` lists, such as vocals and instrumental.
             * @default [
             *       "vocals",
             *       "instrumental"
             *     ]
             */
            stems: string[];
            /**
             * Format
             * @description auto: flac, at 16 bit when the source has 16, else at 24. same: the source's own format where it is one of these.
             * @default auto
             * @enum {string}
             */
            format: "auto" | "same" | "wav16" | "wav24" | "wav32f" | "flac" | "mp3" | "m4a" | "opus";
            /**
             * Quality
             * @description Number of denoising steps, as the model's card says. Masked stems that come from the model's estimate alone need none, so it makes a difference to generative vocals only.
             * @default standard
             * @enum {string}
             */
            quality: "draft" | "standard" | "high";
            /**
             * Steps
             * @description Denoising steps, instead of quality's.
             * @default null
             */
            steps: number | null;
            /**
             * Eta
             * @description Noise added per step: 0 none, 1 all of it.
             * @default null
             */
            eta: number | null;
            /**
             * Seed
             * @description The same seed gives the same result.
             * @default 0
             */
            seed: number;
            /**
             * Render
             * @description masked: stems that add up to the mixture; generative: the vocals as the generator made them. `GET /v1/models` lists what the model has.
             * @default masked
             * @enum {string}
             */
            render: "generative" | "masked";
        };
        /**
         * JobRequest
         * @description A job whose recording is an earlier upload or lies at an address. Exactly one of `upload_id` and `source_url` must be given; both or neither is 422 `invalid_options`.
         */
        JobRequest: {
            /**
             * Stems
             * @description Stems to make, each once: any that `GET /v1/models` lists, such as vocals and instrumental. Default: vocals, instrumental.
             */
            stems?: string[];
            /**
             * Format
             * @description auto: flac, at 16 bit when the source has 16, else at 24. same: the source's own format where it is one of these. Default: auto.
             * @enum {string}
             */
            format?: "auto" | "same" | "wav16" | "wav24" | "wav32f" | "flac" | "mp3" | "m4a" | "opus";
            /**
             * Quality
             * @description Number of denoising steps, as the model's card says. Masked stems that come from the model's estimate alone need none, so it makes a difference to generative vocals only. Default: standard.
             * @enum {string}
             */
            quality?: "draft" | "standard" | "high";
            /**
             * Steps
             * @description Denoising steps, instead of quality's.
             */
            steps?: number | null;
            /**
             * Eta
             * @description Noise added per step: 0 none, 1 all of it.
             */
            eta?: number | null;
            /**
             * Seed
             * @description The same seed gives the same result. Default: 0.
             */
            seed?: number;
            /**
             * Render
             * @description masked: stems that add up to the mixture; generative: the vocals as the generator made them. `GET /v1/models` lists what the model has. Default: masked.
             * @enum {string}
             */
            render?: "generative" | "masked";
            /**
             * Metadata
             * @description Names and values of your own, given back with the job: at most 16, 4 KB in all. In a form: one field that holds a JSON object.
             * @example {
             *       "track": "demo-7",
             *       "user": "8231"
             *     }
             */
            metadata?: {
                [key: string]: string;
            };
            /**
             * Batch
             * @description A label that jobs share which belong together: they can be listed by it, and waited for at /v1/batches/{batch}. 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first.
             * @example album-7
             */
            batch?: string | null;
            /**
             * Webhook Url
             * Format: uri
             * @description Where to POST a signed event when the job is over (Standard Webhooks).
             * @example https://app.example/hooks/voicelift
             */
            webhook_url?: string | null;
            /**
             * Deadline S
             * @description Seconds from acceptance after which the result is of no use: a job that has not begun by then expires, one that runs is stopped.
             * @example 900
             */
            deadline_s?: number | null;
            /**
             * Retention S
             * @description Seconds after its end for which the job's files are kept; at most, and by default, what the service allows (a week unless its operator says otherwise).
             * @example 86400
             */
            retention_s?: number | null;
            /**
             * Cache
             * @description Whether a result of yours with the same recording, options and model may be copied instead of computed again. Default: true.
             */
            cache?: boolean;
            /**
             * Upload Id
             * @description The recording, as answered by POST /v1/uploads. Either this or `source_url`.
             */
            upload_id?: string | null;
            /**
             * Source Url
             * Format: uri
             * @description Where the service fetches the recording from: https:// or http://, on the public internet. Either this or `upload_id`.
             */
            source_url?: string | null;
        };
        /**
         * JobToken
         * @description A token, and how long it is good for.
         */
        JobToken: {
            /**
             * Token
             * @description Append it to the addresses of the job, its events, waveform, playlists, segments and outputs as `?token=...`. Keep it as secret as the recording.
             * @example 6922f3c0.Jx0yZ6rXyVqVw0nYb2cJqGQf1x0l3oZpP5mB7kDf9sE
             */
            token: string;
            /**
             * Expires At
             * Format: date-time
             * @description From then on it opens nothing; get a new one before.
             */
            expires_at: string;
        };
        /**
         * Job
         * @description A job: what was asked for, how far it is, and what came out.
         */
        Job: {
            /**
             * Id
             * @description The job's name, for ever.
             * @example job_01k8rz3v9q5w7x2m4n6p8r0s1t
             */
            id: string;
            /** @description succeeded, failed, canceled and expired are final. */
            state: components["schemas"]["State"];
            /** @description What a running job is doing. */
            stage: components["schemas"]["Stage"] | null;
            /**
             * Url
             * @description This job's address, relative to this service.
             * @example /v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t
             */
            url: string;
            /**
             * Events Url
             * @description Its events as they happen (server-sent events).
             * @example /v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t/events
             */
            events_url: string;
            /**
             * Queue Position
             * @description How many jobs begin before this one, as of this answer; null once it has begun.
             * @example 0
             */
            queue_position: number | null;
            /** @description How far it is. */
            progress: components["schemas"]["Progress"];
            /** @description As accepted, defaults filled in. */
            options: components["schemas"]["JobOptions"];
            /**
             * Metadata
             * @description As given.
             * @example {
             *       "user": "8231"
             *     }
             */
            metadata: {
                [key: string]: string;
            };
            /**
             * Batch
             * @description The batch that it belongs to, as given.
             * @example album-7
             */
            batch: string | null;
            /**
             * Webhook Url
             * @description Where an event is sent when the job is over.
             * @example https://app.example/hooks/voicelift
             */
            webhook_url: string | null;
            /** @description The model that the job was accepted for. */
            model: components["schemas"]["ModelRef"];
            /** @description The recording. */
            source: components["schemas"]["Source"];
            /** @description Where its time went. */
            timings: components["schemas"]["Timings"];
            /**
             * Outputs
             * @description Empty until the job has succeeded.
             */
            outputs: components["schemas"]["Output"][];
            /**
             * Archive Url
             * @description Where to download all outputs as one ZIP archive, relative to this service; null until the job has succeeded.
             * @example /v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t/outputs.zip
             */
            archive_url: string | null;
            /**
             * Playlists
             * @description HLS playlists to listen by while the job runs, relative to this service; empty until the first piece is out.
             * @example {
             *       "vocals": "/v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t/hls/vocals.m3u8"
             *     }
             */
            playlists: {
                [key: string]: string;
            };
            /**
             * Warnings
             * @description What else the caller should know of the result, in words.
             * @example [
             *       "Parts of the file are damaged and could not be decoded, so they are missing from the result."
             *     ]
             */
            warnings: string[];
            /**
             * Null Error Db
             * @description Level of all the model's stems together less the mixture, dB relative to the mixture; null when exactly zero or not yet known.
             */
            null_error_db: number | null;
            /** @description Why the job failed, expired or was stopped. */
            error: components["schemas"]["JobError"] | null;
            /**
             * Retry Of
             * @description The job that this one tries again.
             */
            retry_of: string | null;
            /**
             * Cached From
             * @description The earlier job whose files were copied, because recording, options and model were the same.
             */
            cached_from: string | null;
            /**
             * Created At
             * Format: date-time
             * @description When it was accepted.
             */
            created_at: string;
            /**
             * Deadline At
             * @description When its result would be of no use any more, as asked for.
             */
            deadline_at: string | null;
            /**
             * Started At
             * @description When a worker first took it up.
             */
            started_at: string | null;
            /**
             * Finished At
             * @description When it came to its end, whichever that is.
             */
            finished_at: string | null;
            /**
             * Cancel Requested At
             * @description Canceling was asked for; the state says canceled once work has stopped.
             */
            cancel_requested_at: string | null;
            /**
             * Expires At
             * @description When its files are removed, the recording too; null until it is over.
             */
            expires_at: string | null;
            /**
             * Outputs Expired At
             * @description When its files were removed; null while they are kept.
             */
            outputs_expired_at: string | null;
        };
        /**
         * Live
         * @description The process answers.
         */
        Live: {
            /**
             * Status
             * @description alive
             * @example alive
             */
            status: string;
        };
        /**
         * ModelList
         * @description All models of this service.
         */
        ModelList: {
            /**
             * Models
             * @description At present always one.
             */
            models: components["schemas"]["Model"][];
        };
        /**
         * ModelRef
         * @description The model that a job uses.
         */
        ModelRef: {
            /**
             * Name
             * @description As in /v1/models.
             * @example default
             */
            name: string;
            /**
             * Version
             * @description The job stays with the version that it was accepted for.
             * @example 1
             */
            version: string;
            /**
             * Commercial Use
             * @description Whether the licence of the weights allows commercial use; null where the job does not record it.
             * @example true
             */
            commercial_use: boolean | null;
            /**
             * Stems
             * @description The stems of the model, which together add up to the mixture.
             * @example [
             *       "vocals",
             *       "instrumental"
             *     ]
             */
            stems: string[];
        };
        /**
         * Model
         * @description A model that jobs can use, and what may be done with what it makes.
         */
        Model: {
            /**
             * Name
             * @description What the model is called.
             * @example default
             */
            name: string;
            /**
             * Version
             * @description Changes with the weights.
             * @example 1
             */
            version: string;
            /**
             * Description
             * @description What it is good for, in words.
             */
            description: string;
            /**
             * Licence
             * @description Licence of the weights.
             * @example MIT
             */
            licence: string;
            /**
             * Commercial Use
             * @description Whether the weights' licence allows commercial use.
             */
            commercial_use: boolean;
            /**
             * Credits
             * @description Whom to thank, and what it was trained on.
             */
            credits: string[];
            /**
             * Stems
             * @description What a job's `stems` may be. All but `instrumental`, which is the mixture less the vocals, add up to the mixture where there are more than two.
             * @example [
             *       "vocals",
             *       "instrumental"
             *     ]
             */
            stems: string[];
            /**
             * Sample Rate
             * @description Rate of the model's own pass, Hz; outputs keep the source's rate.
             * @example 24000
             */
            sample_rate: number;
            /**
             * Qualities
             * @description Denoising of each quality; see `quality`.
             */
            qualities: {
                [key: string]: components["schemas"]["Preset"];
            };
            /**
             * Formats
             * @description What a job's `format` may be.
             * @example [
             *       "auto",
             *       "wav16",
             *       "flac",
             *       "mp3"
             *     ]
             */
            formats: string[];
            /**
             * Renders
             * @description What a job's `render` may be.
             * @example [
             *       "generative",
             *       "masked"
             *     ]
             */
            renders: string[];
        };
        /**
         * NewApiKey
         * @description A key that was just made, with its secret.
         */
        NewApiKey: {
            /**
             * Id
             * @description Names the key in lists and logs; it opens nothing.
             * @example 8r0s1t2v3w4x
             */
            id: string;
            /**
             * Tenant
             * @description Whose jobs it may see.
             * @example user-8231
             */
            tenant: string;
            /**
             * Name
             * @description As given.
             * @example user 8231
             */
            name: string;
            /**
             * Operator
             * @description Whether it may manage keys.
             */
            operator: boolean;
            /** @description As given. */
            limits: components["schemas"]["ApiKeyLimits"];
            /**
             * Created At
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /**
             * Expires At
             * @description When it ends; null: when it is revoked.
             */
            expires_at: string | null;
            /**
             * Last Used At
             * @description True to the minute; null: never.
             */
            last_used_at: string | null;
            /**
             * Revoked At
             * @description When it was revoked; null: it was not.
             */
            revoked_at: string | null;
            /**
             * Key
             * @description What the caller sends as `Authorization: Bearer ...`. It is told this once.
             * @example vl_8r0s1t2v3w4x_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
             */
            key: string;
        };
        /**
         * OutputData
         * @description Data of the event `output`.
         */
        OutputData: {
            /**
             * Revision
             * @description Grows by one with each event of the job.
             * @example 6
             */
            revision: number;
            /**
             * Fraction
             * @description Share of the whole work that is done.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description When it happened, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /**
             * Stem
             * @description Which file is finished.
             */
            stem: string;
            /**
             * Bytes
             * @description Its size.
             * @example 3145728
             */
            bytes: number;
        };
        /**
         * OutputEvent
         * @description A file is finished.
         */
        OutputEvent: {
            /**
             * @description The `event:` line. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            event: "output";
            /**
             * @description The `id:` line: send the last one as Last-Event-ID to go on from there.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before coming back after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["OutputData"];
        };
        /**
         * Output
         * @description A finished file, and where it is.
         */
        Output: {
            /**
             * Stem
             * @description What is in it.
             */
            stem: string;
            /**
             * Format
             * @description Of the file.
             * @example flac
             */
            format: string;
            /**
             * Bytes
             * @description Size of the file.
             * @example 3145728
             */
            bytes: number;
            /**
             * Sha256
             * @description Of the file, in hex.
             * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
             */
            sha256: string;
            /**
             * Sample Rate
             * @description Hz
             * @example 44100
             */
            sample_rate: number;
            /**
             * Channels
             * @description As many as the recording has, where the format can.
             * @example 2
             */
            channels: number;
            /**
             * Samples
             * @description Length per channel after decoding; equals the source's at the same rate.
             * @example 1764000
             */
            samples: number;
            /**
             * Duration S
             * @description Seconds
             * @example 40
             */
            duration_s: number;
            /**
             * Bits
             * @description Bits per sample, for lossless formats.
             * @default null
             * @example 16
             */
            bits: number | null;
            /**
             * Converted
             * @description What the format could not keep of the source, in words; null when nothing.
             * @default null
             */
            converted: string | null;
            /**
             * Url
             * @description Where to download it, relative to this service; redirects to a short-lived address.
             * @example /v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t/outputs/vocals
             */
            url: string;
            /**
             * Expires At
             * Format: date-time
             * @description When the file is removed; download it before.
             */
            expires_at: string;
        };
        /**
         * PieceData
         * @description Data of the event `piece`.
         */
        PieceData: {
            /**
             * Revision
             * @description Grows by one with each event of the job.
             * @example 6
             */
            revision: number;
            /**
             * Fraction
             * @description Share of the whole work that is done.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description When it happened, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /**
             * Index
             * @description Which piece was published, from 0; after the first one the playlists play.
             */
            index: number;
            /**
             * Pieces Published
             * @description How many can be played.
             * @example 1
             */
            pieces_published: number;
        };
        /**
         * PieceEvent
         * @description There is more to play.
         */
        PieceEvent: {
            /**
             * @description The `event:` line. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            event: "piece";
            /**
             * @description The `id:` line: send the last one as Last-Event-ID to go on from there.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before coming back after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["PieceData"];
        };
        /**
         * PreparedData
         * @description Data of the event `prepared`.
         */
        PreparedData: {
            /**
             * Revision
             * @description Grows by one with each event of the job.
             * @example 6
             */
            revision: number;
            /**
             * Fraction
             * @description Share of the whole work that is done.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description When it happened, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /**
             * Chunks Total
             * @description Chunks that the track has.
             * @example 12
             */
            chunks_total: number;
            /**
             * Duration S
             * @description Its length in seconds.
             * @example 140
             */
            duration_s: number;
        };
        /**
         * PreparedEvent
         * @description The whole recording has been decoded.
         */
        PreparedEvent: {
            /**
             * @description The `event:` line. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            event: "prepared";
            /**
             * @description The `id:` line: send the last one as Last-Event-ID to go on from there.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before coming back after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["PreparedData"];
        };
        /**
         * Preset
         * @description How a quality samples: `steps` denoising steps with stochasticity `eta`, starting at t = `t_start`.
         *
         *     t_start = 1 is pure generation from noise (the paper's setting); below 1 the sampler starts from the
         *     conditioner's noised estimate. Without steps the voice is the conditioner's estimate itself.
         */
        Preset: {
            /**
             * Steps
             * @description Denoising steps; 0: the conditioner's estimate alone.
             */
            steps: number;
            /**
             * Eta
             * @description Noise added per step: 0 none, 1 all of it.
             * @default 0
             */
            eta: number;
            /**
             * T Start
             * @description Where the sampler starts: 1 is pure noise.
             * @default 1
             */
            t_start: number;
        };
        /**
         * Problem
         * @description RFC 9457: what went wrong, for programs (`code`, `retryable`) and for people (`detail`).
         */
        Problem: {
            /**
             * Type
             * @description A URN that names the kind of problem.
             * @example urn:voicelift:problem:not_found
             */
            type: string;
            /**
             * Title
             * @description The kind of problem in a few words.
             * @example Not found
             */
            title: string;
            /**
             * Status
             * @description The HTTP status.
             * @example 404
             */
            status: number;
            /**
             * Detail
             * @description What happened and what to do about it.
             * @example There is no such job.
             */
            detail: string;
            /**
             * Instance
             * @description The path that was requested.
             */
            instance: string;
            /**
             * Code
             * @description Stable, machine-readable name of the problem.
             * @example not_found
             */
            code: string;
            /**
             * Request Id
             * @description Quote it when you ask for help; it is in our logs.
             * @example req_3f2a
             */
            request_id: string;
            /**
             * Retryable
             * @description Whether the same request may succeed later.
             */
            retryable: boolean;
            /**
             * Errors
             * @description The fields at fault, for invalid options.
             * @default null
             */
            errors: components["schemas"]["FieldError"][] | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * Progress
         * @description How far a job is.
         */
        Progress: {
            /**
             * Chunks Done
             * @description Chunks whose voice has been separated.
             * @example 3
             */
            chunks_done: number;
            /**
             * Chunks Total
             * @description Chunks of the track; null until it has been decoded.
             * @example 12
             */
            chunks_total: number | null;
            /**
             * Fraction
             * @description Share of the whole work that is done, decoding and encoding included. It never goes back.
             * @example 0.27
             */
            fraction: number;
            /**
             * Eta S
             * @description Seconds until the job is done, as of this answer, from measured rates and what waits before it; null while no such job has been measured, while no worker is there, and at the end.
             * @example 21.5
             */
            eta_s: number | null;
        };
        /**
         * RateUsage
         * @description Requests that the key may make in a minute.
         */
        RateUsage: {
            /**
             * Limit
             * @description In a minute; null: no limit.
             * @example 6000
             */
            limit: number | null;
            /**
             * Left
             * @description As many as may follow at once; null: no limit.
             * @example 5999
             */
            left: number | null;
            /**
             * Reset S
             * @description Seconds until all of them may.
             * @example 1
             */
            reset_s: number;
        };
        /**
         * Ready
         * @description `ready`: jobs are accepted and worked on. `degraded`: they are accepted but wait for a worker.
         */
        Ready: {
            /**
             * Status
             * @description ready or degraded.
             * @example ready
             * @example degraded
             */
            status: string;
            /**
             * Checks
             * @description redis, storage, gpu_worker and cpu_worker.
             */
            checks: {
                [key: string]: components["schemas"]["Check"];
            };
        };
        /**
         * SourceData
         * @description Data of the event `source`.
         */
        SourceData: {
            /**
             * Revision
             * @description Grows by one with each event of the job.
             * @example 6
             */
            revision: number;
            /**
             * Fraction
             * @description Share of the whole work that is done.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description When it happened, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /**
             * Bytes
             * @description Size of the recording that was fetched.
             * @example 4812345
             */
            bytes: number | null;
        };
        /**
         * SourceEvent
         * @description The recording was fetched from its `source_url`.
         */
        SourceEvent: {
            /**
             * @description The `event:` line. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            event: "source";
            /**
             * @description The `id:` line: send the last one as Last-Event-ID to go on from there.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before coming back after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["SourceData"];
        };
        /**
         * Source
         * @description The recording: what was sent, and what was found in it.
         */
        Source: {
            /**
             * Filename
             * @description The recording's name, as the client gave it.
             * @example song.mp3
             */
            filename: string;
            /**
             * Url
             * @description Where it was fetched from, without the query; null for an upload.
             * @example https://media.example/song.mp3
             */
            url: string | null;
            /**
             * Bytes
             * @description Size of the file; null until it has been fetched.
             * @example 4812345
             */
            bytes: number | null;
            /**
             * Sha256
             * @description Of the file, in hex; null until it is known.
             * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
             */
            sha256: string | null;
            /**
             * Container
             * @description Null until the file has been opened, as are all facts below.
             * @example mp3
             */
            container: string | null;
            /**
             * Codec
             * @description How the audio is encoded.
             * @example mp3
             */
            codec: string | null;
            /**
             * Sample Rate
             * @description Hz
             * @example 44100
             */
            sample_rate: number | null;
            /**
             * Channels
             * @description 1 is mono, 2 is stereo.
             * @example 2
             */
            channels: number | null;
            /**
             * Samples
             * @description Length per channel.
             * @example 1764000
             */
            samples: number | null;
            /**
             * Duration S
             * @description Seconds
             * @example 40
             */
            duration_s: number | null;
            /**
             * Filled S
             * @description Seconds of silence in it that its container states: before sound that begins late, as against the picture of a film, and in gaps.
             * @example 0
             */
            filled_s: number | null;
        };
        /**
         * Stage
         * @enum {string}
         */
        Stage: "preparing" | "separating" | "finishing";
        /**
         * StageData
         * @description Data of the event `stage`.
         */
        StageData: {
            /**
             * Revision
             * @description Grows by one with each event of the job.
             * @example 6
             */
            revision: number;
            /**
             * Fraction
             * @description Share of the whole work that is done.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description When it happened, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /** @description What the running job does now. */
            stage: components["schemas"]["Stage"];
        };
        /**
         * StageEvent
         * @description A running job has begun another stage.
         */
        StageEvent: {
            /**
             * @description The `event:` line. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            event: "stage";
            /**
             * @description The `id:` line: send the last one as Last-Event-ID to go on from there.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before coming back after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["StageData"];
        };
        /**
         * State
         * @enum {string}
         */
        State: "queued" | "running" | "succeeded" | "failed" | "canceled" | "expired";
        /**
         * StateData
         * @description Data of the event `state`.
         */
        StateData: {
            /**
             * Revision
             * @description Grows by one with each event of the job.
             * @example 6
             */
            revision: number;
            /**
             * Fraction
             * @description Share of the whole work that is done.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description When it happened, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /** @description The new state; after succeeded, failed, canceled and expired the stream ends. */
            state: components["schemas"]["State"];
        };
        /**
         * StateEvent
         * @description The job has a new state. The last event of every stream.
         */
        StateEvent: {
            /**
             * @description The `event:` line. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            event: "state";
            /**
             * @description The `id:` line: send the last one as Last-Event-ID to go on from there.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before coming back after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["StateData"];
        };
        /**
         * Timings
         * @description Where a job's time went.
         */
        Timings: {
            /**
             * Queue S
             * @description Seconds from acceptance to the first work.
             * @default null
             * @example 0.05
             */
            queue_s: number | null;
            /**
             * Prepare S
             * @description Seconds to fetch, decode and cut the source.
             * @default null
             * @example 1.2
             */
            prepare_s: number | null;
            /**
             * Inference S
             * @description Compute seconds of all chunks so far.
             * @default 0
             * @example 8.4
             */
            inference_s: number;
            /**
             * First Piece S
             * @description Seconds from acceptance to the first playable piece.
             * @default null
             * @example 4.9
             */
            first_piece_s: number | null;
            /**
             * Total S
             * @description Seconds from acceptance to the end.
             * @default null
             * @example 12.7
             */
            total_s: number | null;
            /**
             * Rtf
             * @description Real-time factor: compute seconds per second of audio.
             * @default null
             * @example 0.21
             */
            rtf: number | null;
        };
        /**
         * UploadPart
         * @description One request to make: PUT these bytes of the file to this address.
         */
        UploadPart: {
            /**
             * Number
             * @description Counts from 1.
             * @example 1
             */
            number: number;
            /**
             * Offset
             * @description Where in the file this part begins.
             * @example 0
             */
            offset: number;
            /**
             * Bytes
             * @description Size of this part; the address takes no other.
             * @example 33554432
             */
            bytes: number;
            /**
             * Url
             * @description Where to PUT the part; no other header of authorisation is needed.
             */
            url: string;
            /**
             * Received
             * @description Whether this part has arrived.
             */
            received: boolean;
        };
        /**
         * UploadRequest
         * @description What will be sent.
         */
        UploadRequest: {
            /**
             * Bytes
             * @description Size of the file. Exactly so many bytes can be sent.
             * @example 4812345
             */
            bytes: number;
            /**
             * Filename
             * @description The file's name, for display and downloads.
             * @example song.mp3
             */
            filename?: string;
        };
        /**
         * Upload
         * @description An upload and the addresses to send it to.
         */
        Upload: {
            /**
             * Upload Id
             * @description Name it as `upload_id` when you make the job.
             * @example upl_01k8rz3v9q5w7x2m4n6p8r0s1t
             */
            upload_id: string;
            /**
             * Bytes
             * @description As announced.
             * @example 4812345
             */
            bytes: number;
            /**
             * Filename
             * @description As announced.
             * @example song.mp3
             */
            filename: string;
            /**
             * Method
             * @description How to send the bytes.
             * @default PUT
             * @constant
             */
            method: "PUT";
            /**
             * Url
             * @description Where to PUT the whole file; null when it is to be sent in parts.
             */
            url: string | null;
            /**
             * Headers
             * @description Headers of that PUT. HTTP libraries set this one by themselves.
             * @example {
             *       "Content-Length": "4812345"
             *     }
             */
            headers: {
                [key: string]: string;
            };
            /**
             * Received
             * @description Whether all bytes have arrived.
             */
            received: boolean;
            /**
             * Parts
             * @description The parts of a large file; null for a small one.
             */
            parts: components["schemas"]["UploadPart"][] | null;
            /**
             * Complete Url
             * @description Where to POST once all is sent. Needed for uploads in parts; for others it only checks.
             * @example /v1/uploads/upl_01k8rz3v9q5w7x2m4n6p8r0s1t/complete
             */
            complete_url: string;
            /**
             * Expires At
             * Format: date-time
             * @description When the addresses end. GET the upload for fresh ones; parts that have arrived stay.
             */
            expires_at: string;
            /**
             * Kept Until
             * Format: date-time
             * @description When the upload is removed, unless a job has used it.
             */
            kept_until: string;
        };
        /**
         * Usage
         * @description What has been used, and what is left.
         */
        Usage: {
            /**
             * Tenant
             * @description Whose quotas these are; all its keys share them.
             * @example default
             */
            tenant: string;
            /**
             * Key Id
             * @description The key that asks, whose rates these are; null where no key is needed.
             * @example 8r0s1t2v3w4x
             */
            key_id: string | null;
            /** @description Audio of this day. */
            audio: components["schemas"]["AudioUsage"];
            /** @description Jobs that wait or run, and those that are being sent now. */
            jobs_in_flight: components["schemas"]["CountUsage"];
            /** @description Uploads that wait for a job. */
            open_uploads: components["schemas"]["CountUsage"];
            /** @description Requests other than submissions. This one is counted. */
            requests: components["schemas"]["RateUsage"];
            /** @description New jobs, uploads, retries, and messages to webhooks that are asked for. */
            submissions: components["schemas"]["RateUsage"];
            /** @description Bounds of what goes on at a time. */
            at_once: components["schemas"]["AtOnce"];
        };
        /**
         * WebhookSecret
         * @description What verifies the signatures of your webhooks, by the libraries of standardwebhooks.com.
         */
        WebhookSecret: {
            /**
             * Secret
             * @description Signs every webhook.
             * @example whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=
             */
            secret: string;
            /**
             * Previous
             * @description The secret before, which signs as well until it ends; else null.
             */
            previous: string | null;
            /**
             * Previous Expires At
             * @description When the previous secret ends.
             */
            previous_expires_at: string | null;
        };
        /**
         * WebhookTestData
         * @description What a test event says.
         */
        WebhookTestData: {
            /**
             * Message
             * @description For people.
             * @example This is a test of your webhook. No job has ended.
             */
            message: string;
        };
        /**
         * WebhookTestRequest
         * @description Where to send a test event.
         */
        WebhookTestRequest: {
            /**
             * Url
             * Format: uri
             * @description As `webhook_url` of a job.
             * @example https://app.example/hooks/voicelift
             */
            url: string;
        };
        /**
         * WebhookTest
         * @description What came of a test event: what would come of a job's.
         */
        WebhookTest: {
            /**
             * Message Id
             * @description The webhook-id header, the same for all attempts: know a repetition by it.
             * @example msg_01k8rz3v9q5w7x2m4n6p8r0s1t
             */
            message_id: string;
            /**
             * Url
             * @description Where it was sent.
             * @example https://app.example/hooks/voicelift
             */
            url: string;
            /**
             * At
             * Format: date-time
             * @description When it was sent.
             */
            at: string;
            /**
             * Seconds
             * @description How long it took.
             * @example 0.231
             */
            seconds: number;
            /**
             * Outcome
             * @description delivered: answered with 2xx. failed: tried again, if next_at says when. refused: the address is not one that is connected to. gone: answered with 410, so it is not tried again.
             * @enum {string}
             */
            outcome: "delivered" | "failed" | "refused" | "gone";
            /**
             * Status
             * @description The HTTP status, if there was an answer.
             * @example 200
             */
            status: number | null;
            /**
             * Detail
             * @description What went wrong, in words.
             * @example no answer within 15 s
             */
            detail: string | null;
        };
        /**
         * WebhookTested
         * @description The body of a webhook that POST /v1/webhooks/test asked for.
         */
        WebhookTested: {
            /**
             * Type
             * @description That it is a test.
             * @constant
             */
            type: "webhook.test";
            /**
             * Timestamp
             * Format: date-time
             * @description When it was sent.
             */
            timestamp: string;
            /** @description Nothing that a program needs. */
            data: components["schemas"]["WebhookTestData"];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listJobs: {
        parameters: {
            query?: {
                /** @description Only jobs in this state. */
                state?: components["schemas"]["State"];
                /** @description Only jobs of this batch. */
                batch?: string;
                /** @description At most so many. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description Any text of your own that is new for each job, for example a UUID. Send the same again with the same request when an answer got lost: no second job is made. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["JobForm"];
                "application/json": components["schemas"]["JobRequest"];
            };
        };
        responses: {
            /** @description Accepted: from here on the job survives crashes of any part of the service. */
            202: {
                headers: {
                    /** @description The job's address. */
                    Location?: string;
                    /** @description true: the job was made by an earlier request with this Idempotency-Key. */
                    "Idempotency-Replayed"?: "true";
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createJobFromFile: {
        parameters: {
            query?: never;
            header?: {
                /** @description Any text of your own that is new for each job, for example a UUID. Send the same again with the same request when an answer got lost: no second job is made. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["JobForm"];
            };
        };
        responses: {
            /** @description Accepted: from here on the job survives crashes of any part of the service. */
            202: {
                headers: {
                    /** @description The job's address. */
                    Location?: string;
                    /** @description true: the job was made by an earlier request with this Idempotency-Key. */
                    "Idempotency-Replayed"?: "true";
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of an earlier answer. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Changes with everything that happens to the job. */
                    ETag?: string;
                    /** @description private, no-cache */
                    "Cache-Control"?: string;
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Nothing has changed since the ETag that was sent. */
            304: {
                headers: {
                    /** @description Changes with everything that happens to the job. */
                    ETag?: string;
                    /** @description private, no-cache */
                    "Cache-Control"?: string;
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is gone for you; its files are removed within a moment. */
            204: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job stops; its state says canceled once no part of it is being worked on. */
            202: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    retryJob: {
        parameters: {
            query?: never;
            header?: {
                /** @description Any text of your own that is new for each job, for example a UUID. Send the same again with the same request when an answer got lost: no second job is made. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A new job was accepted; `retry_of` names the old one, which stays as it is. */
            202: {
                headers: {
                    /** @description The new job's address. */
                    Location?: string;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of an earlier answer. */
                "if-none-match"?: string;
            };
            path: {
                /** @description The label that its jobs were given. */
                batch: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Changes with the counts. */
                    ETag?: string;
                    /** @description private, no-cache */
                    "Cache-Control"?: string;
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchSummary"];
                };
            };
            /** @description Nothing has changed since the ETag that was sent. */
            304: {
                headers: {
                    /** @description Changes with the counts. */
                    ETag?: string;
                    /** @description private, no-cache */
                    "Cache-Control"?: string;
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createUpload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UploadRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    /** @description The upload's address. */
                    Location?: string;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As answered by POST /v1/uploads. */
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    completeUpload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As answered by POST /v1/uploads. */
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Upload"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    streamJobEvents: {
        parameters: {
            query?: {
                /** @description The same, for who cannot set the header. */
                last_event_id?: string;
            };
            header?: {
                /** @description The last event that you have had; EventSource sends it by itself. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events from the first one on, or from after Last-Event-ID; the stream ends with the job. */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example event: state
                     *     id: 1700000000000-0
                     *     data: {"state":"running","revision":2,"at":1700000000.0,"fraction":0}
                     *
                     *     event: piece
                     *     id: 1700000004000-0
                     *     data: {"index":0,"pieces_published":1,"revision":6,"at":1700000004.0,"fraction":0.4}
                     */
                    "text/event-stream": string;
                };
            };
            /** @description The job is over and you have had its last event: do not come back for more. */
            204: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    downloadOutput: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description One of the job's `stems`. */
                stem: string;
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file: what a client gets that follows the redirect, as most do. It comes from the object storage, without the headers of this service. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": Blob;
                };
            };
            /** @description To an address that is good for some minutes, takes ranges and names the file. */
            307: {
                headers: {
                    /** @description Where the file is; do not keep it. */
                    Location?: string;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    headOutput: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description One of the job's `stems`. */
                stem: string;
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file is there. */
            200: {
                headers: {
                    /** @description Size of the file. */
                    "Content-Length"?: number;
                    /** @description Of the file. */
                    "Content-Type"?: string;
                    /** @description Names the file. */
                    "Content-Disposition"?: string;
                    /** @description bytes */
                    "Accept-Ranges"?: string;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getArchive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A ZIP archive of the files, stored as they are, under the names that they have as single downloads. */
            200: {
                headers: {
                    /** @description Size of the archive. */
                    "Content-Length"?: number;
                    /** @description Names the archive. */
                    "Content-Disposition"?: string;
                    /** @description none */
                    "Accept-Ranges"?: string;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/zip": Blob;
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    headArchive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The files are there. */
            200: {
                headers: {
                    /** @description Size of the archive. */
                    "Content-Length"?: number;
                    /** @description Names the archive. */
                    "Content-Disposition"?: string;
                    /** @description none */
                    "Accept-Ranges"?: string;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPlaylist: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description One of the job's `stems`. */
                stem: string;
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An EVENT playlist of FLAC in fragmented MP4. It grows until EXT-X-ENDLIST stands in it. */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.apple.mpegurl": string;
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getSegment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description One of the job's `stems`. */
                stem: string;
                /** @description As the playlist names it. */
                name: string;
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The init segment, or some seconds of FLAC in fragmented MP4. */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "video/mp4": Blob;
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getPeaks: {
        parameters: {
            query?: {
                /** @description The first row, to fetch only what is new. */
                from_bin?: number;
            };
            header?: never;
            path: {
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Rows of bytes, one row for each 40 ms from `from_bin` on. A row has the peak and the RMS of each stem, in the order of `options.stems`; each is `255 * sqrt(amplitude)`. */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": Blob;
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createJobToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobToken"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rotateWebhookSecret: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookSecret"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    testWebhook: {
        parameters: {
            query?: never;
            header?: {
                /** @description Any text of your own. Within an hour the same text and address get the same answer, and no second event is sent. */
                "idempotency-key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookTestRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhookTest"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listJobDeliveries: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    redeliverWebhook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As answered by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is sent within seconds. The attempts so far; the new ones come after them. */
            202: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeliveryList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Conflict */
            409: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getUsage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description At most so many. */
                limit?: number;
                /** @description `next_cursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiKeyList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApiKeyRequest"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewApiKey"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Timeout */
            408: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Request Entity Too Large */
            413: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unsupported Media Type */
            415: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unprocessable Entity */
            422: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As answered when it was made. */
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key opens nothing any more. It stays in the list. */
            204: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not Found */
            404: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too Many Requests */
            429: {
                headers: {
                    /** @description Seconds to wait before asking again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind that the key may make in a minute. */
                    "RateLimit-Limit"?: number;
                    /** @description How many of these may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until all of them may. */
                    "RateLimit-Reset"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Live"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ready"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    /** @description Seconds to wait. */
                    "Retry-After"?: number;
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In Prometheus' text format. */
            200: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Internal Server Error */
            500: {
                headers: {
                    /** @description Names this request in the logs of the service. The X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    onJobSucceeded: {
        parameters: {
            query?: never;
            header: {
                /** @description Names the message, the same at each attempt: know a repetition by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since the epoch. */
                "webhook-timestamp": string;
                /** @description `v1,` and the signature in base64; several with spaces between while a secret is replaced. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobEnded"];
            };
        };
        responses: {
            /** @description Nobody wants it: it is not sent again. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Received: it is not sent again. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobFailed: {
        parameters: {
            query?: never;
            header: {
                /** @description Names the message, the same at each attempt: know a repetition by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since the epoch. */
                "webhook-timestamp": string;
                /** @description `v1,` and the signature in base64; several with spaces between while a secret is replaced. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobEnded"];
            };
        };
        responses: {
            /** @description Nobody wants it: it is not sent again. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Received: it is not sent again. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobCanceled: {
        parameters: {
            query?: never;
            header: {
                /** @description Names the message, the same at each attempt: know a repetition by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since the epoch. */
                "webhook-timestamp": string;
                /** @description `v1,` and the signature in base64; several with spaces between while a secret is replaced. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobEnded"];
            };
        };
        responses: {
            /** @description Nobody wants it: it is not sent again. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Received: it is not sent again. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onJobExpired: {
        parameters: {
            query?: never;
            header: {
                /** @description Names the message, the same at each attempt: know a repetition by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since the epoch. */
                "webhook-timestamp": string;
                /** @description `v1,` and the signature in base64; several with spaces between while a secret is replaced. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobEnded"];
            };
        };
        responses: {
            /** @description Nobody wants it: it is not sent again. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Received: it is not sent again. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    onWebhookTest: {
        parameters: {
            query?: never;
            header: {
                /** @description Names the message, the same at each attempt: know a repetition by it. */
                "webhook-id": string;
                /** @description When this attempt was made, in seconds since the epoch. */
                "webhook-timestamp": string;
                /** @description `v1,` and the signature in base64; several with spaces between while a secret is replaced. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WebhookTested"];
            };
        };
        responses: {
            /** @description Nobody wants it: it is not sent again. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Received: it is not sent again. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
