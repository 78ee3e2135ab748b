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
         * @description Your jobs, newest first, in pages. Deleted jobs, and those whose files expired long ago, are not listed.
         */
        get: operations["listJobs"];
        put?: never;
        /**
         * Separate a recording
         * @description Send a recording and options as a form, or JSON that names the recording. It is stored as it arrives, and
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
         * @description POST /v1/jobs with the form only, for generated clients with one kind of body per operation.
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
         * Get a job
         * @description State, progress, timings and outputs. Poll at the interval of Retry-After, with If-None-Match to save bytes. With
         *     a token instead of a key, the owner's fields are empty: `metadata`, `batch`, `webhook_url` and `source.url`.
         */
        get: operations["getJob"];
        put?: never;
        post?: never;
        /**
         * Delete a job
         * @description Delete a job with its recording and all its files; a running job is stopped first. Deletion is final.
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
         * @description Ask a job to stop. Idempotent.
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
         * Retry a job
         * @description Create a new job from a failed, canceled or expired one: with the same recording, while the job's files exist,
         *     and the same options. Deadline and retention start again.
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
         * Get a batch
         * @description Counts by state, at constant cost. To wait for a batch, create all its jobs, then poll at the interval of
         *     Retry-After until `finished` is true.
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
         * Create an upload
         * @description Get a URL to PUT a file straight into the object storage; then create a job with its `upload_id`.
         *
         *     Suits background uploads of a mobile app: the PUT needs only the URL and the file. Large files have several parts,
         *     sent in any order, concurrently or again.
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
         * Get an upload
         * @description The parts that have arrived, and fresh URLs for the others.
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
         * @description Check that all bytes have arrived, and join the parts. Idempotent.
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
         * Stream a job's events
         * @description State, stage, progress, playable pieces, outputs. Each event has the `revision` of the job.
         *
         *     Types: state, stage, source, prepared, chunk_done, piece, output, failure, cancel_requested. Without events, a
         *     comment (`: ping`) is sent every 15 seconds: use a read timeout of at least 45 s.
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
         * @description Redirect to the finished file. This URL is permanent; the presigned URL is new each time.
         */
        get: operations["downloadOutput"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * Get the headers of a stem
         * @description Size and type of the finished file, without a redirect: presigned URLs accept no HEAD.
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
         * @description All outputs of the job, packed while they are sent. An interrupted download starts again: unlike a single stem,
         *     the archive cannot be resumed.
         */
        get: operations["getArchive"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /**
         * Get the headers of the archive
         * @description Size and name of the archive, without creating it.
         */
        head: operations["headArchive"];
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/outputs/{stem}/{format}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download a stem in another format
         * @description Redirect to the file. Before it is ready: 409.
         */
        get: operations["downloadConversion"];
        put?: never;
        /**
         * Convert a stem to another format
         * @description Request a lossless output as mp3, m4a or opus. A worker makes the file once; repeat the request until it is
         *     ready. The file is kept as long as the job's files.
         */
        post: operations["makeConversion"];
        delete?: never;
        options?: never;
        /**
         * Get the headers of a stem in another format
         * @description Size and type of the file, without a redirect.
         */
        head: operations["headConversion"];
        patch?: never;
        trace?: never;
    };
    "/v1/jobs/{job_id}/outputs/{stem}/{format}/part": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a part of a stem in another format
         * @description Bytes of the file from the API itself, for players without access to the object storage.
         */
        get: operations["getConversionPart"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
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
         * Play a stem while it is separated
         * @description An HLS playlist of the pieces published so far; 24 bit stereo at 48 kHz or less. Fetched with a token, its
         *     segment URLs have the token.
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
         * @description A segment of the playlist, below a megabyte.
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
         * @description The waveform of the separated part: 6 kB for a minute of two stems.
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
    "/v1/jobs/{job_id}/confidence": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the confidence of the vocals
         * @description How certain the separated vocals are, segment by segment. A job without vocals has none.
         */
        get: operations["getConfidence"];
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
         * Create a token for a job's audio and events
         * @description For a player, EventSource or a link, which send no Authorization header. Anyone who has the token can read this
         *     job, its events, waveform, playlists, segments, outputs and
         *     conversions, and nothing else.
         */
        post: operations["createJobToken"];
        /**
         * Revoke a job's tokens
         * @description Invalidates all existing tokens of the job, and links with them. Open event streams continue until they end,
         *     presigned URLs for some minutes.
         */
        delete: operations["revokeJobTokens"];
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
         * @description The secret that signs your webhooks; created by the first call.
         */
        get: operations["getWebhookSecret"];
        put?: never;
        /**
         * Replace the webhook secret
         * @description Create a new secret. For a day webhooks are signed with both, so that receivers can switch.
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
         * @description Send a signed `webhook.test` event to a URL once and return the outcome, by the same path and rules as jobs'
         *     events. A receiver that fails is a result here (`outcome`, `status`), not an error.
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
         * List a job's webhook deliveries
         * @description Delivery attempts to `webhook_url`; empty before the job ends, or without a webhook_url.
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
         * @description Send the event of an ended job again, at once, with the same `webhook-id` and all retries: after the last failed
         *     attempt, or instead of waiting for the next. Idempotent; a delivered event is not sent again.
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
         * Get usage and limits
         * @description Quotas of the tenant, rates of the key, and their reset times. Where no key is needed, only unused uploads are
         *     limited.
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
         * @description Requires an operator key. All keys of the service, of every tenant, in pages.
         */
        get: operations["listKeys"];
        put?: never;
        /**
         * Create a key
         * @description Requires an operator key. The new key is a normal one, of any tenant and with any limits. If the response is
         *     lost, the key cannot be shown again: revoke it, listed by its name, and create another.
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
         * @description Requires an operator key. Permanent and immediate; idempotent. The tenant's jobs stay.
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
         * List models
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
         * Check that the process is alive
         * @description Checks only this process: restart it after a failure.
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
         * Check that jobs can be accepted and executed
         * @description `ready`; `degraded` when accepted jobs wait because there is no worker; 503 without Redis or S3.
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
         * Get metrics for Prometheus
         * @description Requests of this process, and the queues as reported by Redis (equal in every replica).
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
         * @description Sent to the job's `webhook_url`, signed by Standard Webhooks with the secret of GET /v1/webhooks/secret. Respond with 2xx within 15 seconds; anything else is retried, up to twelve times in about a day. The same message may arrive twice, with the same `webhook-id`.
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
         * @description Sent to the job's `webhook_url`, signed by Standard Webhooks with the secret of GET /v1/webhooks/secret. Respond with 2xx within 15 seconds; anything else is retried, up to twelve times in about a day. The same message may arrive twice, with the same `webhook-id`.
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
         * @description Sent to the job's `webhook_url`, signed by Standard Webhooks with the secret of GET /v1/webhooks/secret. Respond with 2xx within 15 seconds; anything else is retried, up to twelve times in about a day. The same message may arrive twice, with the same `webhook-id`.
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
         * @description Sent to the job's `webhook_url`, signed by Standard Webhooks with the secret of GET /v1/webhooks/secret. Respond with 2xx within 15 seconds; anything else is retried, up to twelve times in about a day. The same message may arrive twice, with the same `webhook-id`.
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
         * Webhook test
         * @description Sent once per POST /v1/webhooks/test, signed like the others. No job has ended; respond with 2xx.
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
         * @description Limits of a key. Null: the service's settings; 0: no limit.
         */
        ApiKeyLimits: {
            /**
             * Requests Per Minute
             * @description Requests per minute, except submissions.
             */
            requests_per_minute?: number | null;
            /**
             * Submissions Per Minute
             * @description New jobs, uploads, retries, and requested webhook deliveries per minute.
             */
            submissions_per_minute?: number | null;
            /**
             * Jobs In Flight
             * @description Jobs of the tenant in flight.
             */
            jobs_in_flight?: number | null;
            /**
             * Audio S Per Day
             * @description Seconds of audio of the tenant per day.
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
             * @description Newest first, including revoked ones.
             */
            keys: components["schemas"]["ApiKey"][];
            /**
             * Next Cursor
             * @description Pass it as `cursor` to get the next page; null on the last one.
             * @example 8r0s1t2v3w4x
             */
            next_cursor: string | null;
        };
        /**
         * ApiKeyRequest
         * @description A key to create.
         */
        ApiKeyRequest: {
            /**
             * Name
             * @description Purpose of the key, for your lists.
             * @example user 8231
             */
            name: string;
            /**
             * Tenant
             * @description Tenant of the key: keys of one tenant see the same jobs. Lower-case letters, digits, dots, dashes and underscores. Default: the tenant of the calling key.
             * @example user-8231
             */
            tenant?: string | null;
            /**
             * Expires S
             * @description Lifetime in seconds; by default the key is valid until it is revoked.
             * @example 86400
             */
            expires_s?: number | null;
            /** @description Individual limits. */
            limits?: components["schemas"]["ApiKeyLimits"] | null;
        };
        /**
         * ApiKey
         * @description A key, without its secret.
         */
        ApiKey: {
            /**
             * Id
             * @description Id of the key in lists and logs; it gives no access.
             * @example 8r0s1t2v3w4x
             */
            id: string;
            /**
             * Tenant
             * @description Tenant of the key.
             * @example user-8231
             */
            tenant: string;
            /**
             * Name
             * @description Purpose of the key.
             * @example user 8231
             */
            name: string;
            /**
             * Operator
             * @description Whether it may manage keys.
             */
            operator: boolean;
            /** @description Individual limits. */
            limits: components["schemas"]["ApiKeyLimits"];
            /**
             * Created At
             * Format: date-time
             * @description Time of creation.
             */
            created_at: string;
            /**
             * Expires At
             * @description Expiry; null: never.
             */
            expires_at: string | null;
            /**
             * Last Used At
             * @description Time of the last use, to the minute; null: never.
             */
            last_used_at: string | null;
            /**
             * Revoked At
             * @description Time of revocation; null: not revoked.
             */
            revoked_at: string | null;
        };
        /**
         * AudioUsage
         * @description Daily audio quota of the tenant, in seconds.
         */
        AudioUsage: {
            /**
             * Limit S
             * @description Per day; null: no limit.
             * @example 360000
             */
            limit_s: number | null;
            /**
             * Used S
             * @description Audio of the recordings since the day began.
             * @example 5400.5
             */
            used_s: number;
            /**
             * Left S
             * @description Remaining seconds; a job is accepted while there are any. Null: no limit.
             * @example 354599.5
             */
            left_s: number | null;
            /**
             * Resets At
             * Format: date-time
             * @description Time at which the next day (UTC) begins and the count resets.
             */
            resets_at: string;
        };
        /**
         * BatchCounts
         * @description Jobs of a batch, by state.
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
             * @description In progress.
             * @example 8
             */
            running: number;
            /**
             * Succeeded
             * @description Ended with outputs.
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
             * @description Ended because their deadline passed before the start.
             * @example 0
             */
            expired: number;
        };
        /**
         * BatchSummary
         * @description Progress of a batch.
         */
        BatchSummary: {
            /**
             * Batch
             * @description Label of the batch.
             * @example album-7
             */
            batch: string;
            /**
             * Jobs
             * @description Number of jobs. Retries count as well.
             * @example 1000
             */
            jobs: number;
            /** @description Jobs by state. */
            states: components["schemas"]["BatchCounts"];
            /**
             * Finished
             * @description Whether all of them have ended.
             */
            finished: boolean;
            /**
             * Jobs Url
             * @description URL of its jobs, relative to this service.
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
             * @description Completed share of the job.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description Time of the event, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /**
             * Cancel Requested At
             * @description Time, in seconds since the epoch.
             * @example 1700000009
             */
            cancel_requested_at: number;
        };
        /**
         * CancelRequestedEvent
         * @description Cancellation was requested; the state changes once all tasks have stopped.
         */
        CancelRequestedEvent: {
            /**
             * @description The `event:` line. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            event: "cancel_requested";
            /**
             * @description The `id:` line: send the last one as Last-Event-ID to resume.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before reconnecting after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["CancelRequestedData"];
        };
        /**
         * Check
         * @description One dependency of the service.
         */
        Check: {
            /**
             * Ok
             * @description Whether it is available.
             */
            ok: boolean;
            /**
             * Detail
             * @description Details for the operator.
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
             * @description Completed share of the job.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description Time of the event, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /**
             * Index
             * @description Index of the chunk, from 0; in any order.
             * @example 2
             */
            index: number;
            /**
             * Chunks Done
             * @description Chunks separated so far.
             * @example 3
             */
            chunks_done: number;
            /**
             * Chunks Total
             * @description Chunks of the track; null until it has been decoded.
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
             * @description The `id:` line: send the last one as Last-Event-ID to resume.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before reconnecting after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["ChunkDoneData"];
        };
        /**
         * Concurrency
         * @description Concurrency limits of the key in each API process. Null: no limit.
         */
        Concurrency: {
            /**
             * Uploads
             * @description Concurrent form uploads.
             * @example 8
             */
            uploads: number | null;
            /**
             * Event Streams
             * @description Event streams.
             * @example 100
             */
            event_streams: number | null;
            /**
             * Archives
             * @description Archive downloads.
             * @example 4
             */
            archives: number | null;
        };
        /**
         * Conversion
         * @description A stem in another format, made on the first request.
         */
        Conversion: {
            /**
             * Format
             * @description Of the file.
             * @example mp3
             * @enum {string}
             */
            format: "mp3" | "m4a" | "opus";
            /**
             * Url
             * @description POST requests the file, GET downloads it when it is ready. Relative to this service.
             * @example /v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t/outputs/vocals/mp3
             */
            url: string;
            /**
             * Ready
             * @description Whether the file is ready.
             * @example true
             */
            ready: boolean;
            /**
             * Bytes
             * @description Size of the file; an estimate until it is ready.
             * @example 1220000
             */
            bytes: number;
            /**
             * Sha256
             * @description Of the file, in hex; null until it is ready.
             * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
             */
            sha256: string | null;
        };
        /**
         * CountUsage
         * @description A concurrency limit of the tenant.
         */
        CountUsage: {
            /**
             * Limit
             * @description Maximum; null: no limit.
             * @example 1000
             */
            limit: number | null;
            /**
             * Used
             * @description Current number.
             * @example 3
             */
            used: number;
            /**
             * Left
             * @description Remaining; null: no limit.
             * @example 997
             */
            left: number | null;
        };
        /**
         * DeliveryList
         * @description Delivery attempts of one job.
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
         * @description One attempt to deliver the webhook of a job.
         */
        Delivery: {
            /**
             * Message Id
             * @description The webhook-id header, equal in all attempts: use it to detect repetitions.
             * @example msg_01k8rz3v9q5w7x2m4n6p8r0s1t
             */
            message_id: string;
            /**
             * Url
             * @description Receiver.
             * @example https://app.example/hooks/voicelift
             */
            url: string;
            /**
             * At
             * Format: date-time
             * @description Time of the attempt.
             */
            at: string;
            /**
             * Seconds
             * @description Duration of the attempt.
             * @example 0.231
             */
            seconds: number;
            /**
             * Outcome
             * @description delivered: the receiver returned 2xx. failed: retried at next_at, if set. refused: the address is not allowed. gone: the receiver returned 410, so there are no retries.
             * @enum {string}
             */
            outcome: "delivered" | "failed" | "refused" | "gone";
            /**
             * Status
             * @description HTTP status of the response, if any.
             * @example 200
             */
            status: number | null;
            /**
             * Detail
             * @description Error, in words.
             * @example no response within 15 s
             */
            detail: string | null;
            /**
             * Attempt
             * @description Number of the attempt, from 1.
             * @example 1
             */
            attempt: number;
            /**
             * Next At
             * @description Time of the next attempt; null if there is none.
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
             * @description Stable, machine-readable code.
             * @example no_audio
             */
            code: string;
            /**
             * Message
             * @description Cause and remedy.
             * @example The file contains no audio track. Send a file with audio.
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
             * @description Completed share of the job.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description Time of the event, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
        };
        /**
         * FailureEvent
         * @description Reason why the job ends without a result.
         */
        FailureEvent: {
            /**
             * @description The `event:` line. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            event: "failure";
            /**
             * @description The `id:` line: send the last one as Last-Event-ID to resume.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before reconnecting after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["FailureData"];
        };
        /**
         * FieldError
         * @description One invalid field of the request.
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
             * @description Why it is invalid.
             * @example Input should be less than or equal to 1000
             */
            message: string;
        };
        /**
         * JobEnded
         * @description The body of a webhook: a job has ended.
         */
        JobEnded: {
            /**
             * Type
             * @description The final state.
             * @example job.succeeded
             * @enum {string}
             */
            type: "job.succeeded" | "job.failed" | "job.canceled" | "job.expired";
            /**
             * Timestamp
             * Format: date-time
             * @description Time of the end.
             */
            timestamp: string;
            /** @description The job, as returned by GET /v1/jobs/{job_id}. */
            data: components["schemas"]["Job"];
        };
        /**
         * JobError
         * @description Why a job did not succeed.
         */
        JobError: {
            /**
             * Code
             * @description Stable, machine-readable code.
             * @example no_audio
             */
            code: string;
            /**
             * Message
             * @description Cause and remedy.
             * @example The file contains no audio track. Send a file with audio.
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
             * @description Stems to return, each once. `GET /v1/models` lists the available ones. Default: vocals, instrumental.
             */
            stems?: string[];
            /**
             * Format
             * @description auto: flac, 16 bit if the source has 16 bit, else 24 bit. same: the source's format if it is one of these. Default: auto.
             * @enum {string}
             */
            format?: "auto" | "same" | "wav16" | "wav24" | "wav32f" | "flac" | "mp3" | "m4a" | "opus";
            /**
             * Quality
             * @description Number of denoising steps, as defined in the model's card. Only generative vocals depend on it; masked stems from the model's estimate alone need no steps. Default: standard.
             * @enum {string}
             */
            quality?: "draft" | "standard" | "high";
            /**
             * Steps
             * @description Denoising steps; overrides quality.
             */
            steps?: number;
            /**
             * Eta
             * @description Share of noise added per step, 0 to 1.
             */
            eta?: number;
            /**
             * Seed
             * @description The same seed gives the same result. Default: 0.
             */
            seed?: number;
            /**
             * Render
             * @description masked: stems that sum to the mixture; generative: the vocals as generated. `GET /v1/models` lists the renders of the model. Default: masked.
             * @enum {string}
             */
            render?: "generative" | "masked";
            /**
             * Metadata
             * @description Your names and values, returned with the job: at most 16, 4 KB in all. In a form: one field that contains a JSON object.
             */
            metadata?: string;
            /**
             * Batch
             * @description A label for jobs that belong together: list them by it, or wait for them at /v1/batches/{batch}. 1 to 64 letters, digits, dots, dashes or underscores, starting with a letter or digit.
             * @example album-7
             */
            batch?: string;
            /**
             * Webhook Url
             * Format: uri
             * @description URL that receives a signed POST when the job ends (Standard Webhooks).
             * @example https://app.example/hooks/voicelift
             */
            webhook_url?: string;
            /**
             * Deadline S
             * @description Seconds from acceptance until the result is useless: a queued job expires then, a running one is stopped.
             * @example 900
             */
            deadline_s?: number;
            /**
             * Retention S
             * @description Seconds for which the job's files are kept after its end; at most, and by default, the service's retention (a week unless the operator changes it).
             * @example 86400
             */
            retention_s?: number;
            /**
             * Cache
             * @description Whether your earlier result with the same recording, options and model may be copied instead of computed again. Default: true.
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
             * @description Pass it as `cursor` to get the next page; null on the last one.
             * @example job_01k8rz3v9q5w7x2m4n6p8r0s1t
             */
            next_cursor: string | null;
        };
        /**
         * JobOptions
         * @description Options of the separation. Equal options and equal bytes give equal files.
         *
         *     `steps` and `eta`, if given, override those of `quality`.
         */
        JobOptions: {
            /**
             * Stems
             * @description Stems to return, each once. `GET /v1/models` lists the available ones.
             * @default [
             *       "vocals",
             *       "instrumental"
             *     ]
             */
            stems: string[];
            /**
             * Format
             * @description auto: flac, 16 bit if the source has 16 bit, else 24 bit. same: the source's format if it is one of these.
             * @default auto
             * @enum {string}
             */
            format: "auto" | "same" | "wav16" | "wav24" | "wav32f" | "flac" | "mp3" | "m4a" | "opus";
            /**
             * Quality
             * @description Number of denoising steps, as defined in the model's card. Only generative vocals depend on it; masked stems from the model's estimate alone need no steps.
             * @default standard
             * @enum {string}
             */
            quality: "draft" | "standard" | "high";
            /**
             * Steps
             * @description Denoising steps; overrides quality.
             * @default null
             */
            steps: number | null;
            /**
             * Eta
             * @description Share of noise added per step, 0 to 1.
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
             * @description masked: stems that sum to the mixture; generative: the vocals as generated. `GET /v1/models` lists the renders of the model.
             * @default masked
             * @enum {string}
             */
            render: "generative" | "masked";
        };
        /**
         * JobRequest
         * @description A job whose recording is an earlier upload or is behind a URL. Exactly one of `upload_id` and `source_url` must be given; both or neither is 422 `invalid_options`.
         */
        JobRequest: {
            /**
             * Stems
             * @description Stems to return, each once. `GET /v1/models` lists the available ones. Default: vocals, instrumental.
             */
            stems?: string[];
            /**
             * Format
             * @description auto: flac, 16 bit if the source has 16 bit, else 24 bit. same: the source's format if it is one of these. Default: auto.
             * @enum {string}
             */
            format?: "auto" | "same" | "wav16" | "wav24" | "wav32f" | "flac" | "mp3" | "m4a" | "opus";
            /**
             * Quality
             * @description Number of denoising steps, as defined in the model's card. Only generative vocals depend on it; masked stems from the model's estimate alone need no steps. Default: standard.
             * @enum {string}
             */
            quality?: "draft" | "standard" | "high";
            /**
             * Steps
             * @description Denoising steps; overrides quality.
             */
            steps?: number | null;
            /**
             * Eta
             * @description Share of noise added per step, 0 to 1.
             */
            eta?: number | null;
            /**
             * Seed
             * @description The same seed gives the same result. Default: 0.
             */
            seed?: number;
            /**
             * Render
             * @description masked: stems that sum to the mixture; generative: the vocals as generated. `GET /v1/models` lists the renders of the model. Default: masked.
             * @enum {string}
             */
            render?: "generative" | "masked";
            /**
             * Metadata
             * @description Your names and values, returned with the job: at most 16, 4 KB in all. In a form: one field that contains a JSON object.
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
             * @description A label for jobs that belong together: list them by it, or wait for them at /v1/batches/{batch}. 1 to 64 letters, digits, dots, dashes or underscores, starting with a letter or digit.
             * @example album-7
             */
            batch?: string | null;
            /**
             * Webhook Url
             * Format: uri
             * @description URL that receives a signed POST when the job ends (Standard Webhooks).
             * @example https://app.example/hooks/voicelift
             */
            webhook_url?: string | null;
            /**
             * Deadline S
             * @description Seconds from acceptance until the result is useless: a queued job expires then, a running one is stopped.
             * @example 900
             */
            deadline_s?: number | null;
            /**
             * Retention S
             * @description Seconds for which the job's files are kept after its end; at most, and by default, the service's retention (a week unless the operator changes it).
             * @example 86400
             */
            retention_s?: number | null;
            /**
             * Cache
             * @description Whether your earlier result with the same recording, options and model may be copied instead of computed again. Default: true.
             */
            cache?: boolean;
            /**
             * Upload Id
             * @description Id of the recording, from POST /v1/uploads. Either this or `source_url`.
             */
            upload_id?: string | null;
            /**
             * Source Url
             * Format: uri
             * @description URL of the recording: https:// or http://, on the public internet. Either this or `upload_id`.
             */
            source_url?: string | null;
        };
        /**
         * JobToken
         * @description A token and its expiry.
         */
        JobToken: {
            /**
             * Token
             * @description Append it to the URLs of the job, its events, waveform, playlists, segments and outputs as `?token=...`. Keep it as secret as the recording.
             * @example 6922f3c0.Jx0yZ6rXyVqVw0nYb2cJqGQf1x0l3oZpP5mB7kDf9sE
             */
            token: string;
            /**
             * Expires At
             * Format: date-time
             * @description Expiry; request a new token before.
             */
            expires_at: string;
        };
        /**
         * Job
         * @description A job: request, progress and results.
         */
        Job: {
            /**
             * Id
             * @description The job's permanent id.
             * @example job_01k8rz3v9q5w7x2m4n6p8r0s1t
             */
            id: string;
            /** @description succeeded, failed, canceled and expired are final. */
            state: components["schemas"]["State"];
            /** @description Current stage of a running job. */
            stage: components["schemas"]["Stage"] | null;
            /**
             * Url
             * @description URL of this job, relative to this service.
             * @example /v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t
             */
            url: string;
            /**
             * Events Url
             * @description URL of its live events (server-sent events).
             * @example /v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t/events
             */
            events_url: string;
            /**
             * Queue Position
             * @description Number of jobs that start before this one, at this moment; null once it has started.
             * @example 0
             */
            queue_position: number | null;
            /** @description Progress. */
            progress: components["schemas"]["Progress"];
            /** @description Options as accepted, defaults filled in. */
            options: components["schemas"]["JobOptions"];
            /**
             * Metadata
             * @description Metadata of the request.
             * @example {
             *       "user": "8231"
             *     }
             */
            metadata: {
                [key: string]: string;
            };
            /**
             * Batch
             * @description Batch of the request.
             * @example album-7
             */
            batch: string | null;
            /**
             * Webhook Url
             * @description URL that receives an event when the job ends.
             * @example https://app.example/hooks/voicelift
             */
            webhook_url: string | null;
            /** @description The model of the job. */
            model: components["schemas"]["ModelRef"];
            /** @description The recording. */
            source: components["schemas"]["Source"];
            /** @description Durations. */
            timings: components["schemas"]["Timings"];
            /**
             * Outputs
             * @description Result files; empty until the job has succeeded.
             */
            outputs: components["schemas"]["Output"][];
            /**
             * Archive Url
             * @description URL of all outputs as one ZIP archive, relative to this service; null until the job has succeeded.
             * @example /v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t/outputs.zip
             */
            archive_url: string | null;
            /**
             * Playlists
             * @description HLS playlists for playback while the job runs, relative to this service; empty until the first piece is published.
             * @example {
             *       "vocals": "/v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t/hls/vocals.m3u8"
             *     }
             */
            playlists: {
                [key: string]: string;
            };
            /**
             * Warnings
             * @description Warnings about the result.
             * @example [
             *       "Parts of the file are damaged and could not be decoded, so they are missing from the result."
             *     ]
             */
            warnings: string[];
            /**
             * Null Error Db
             * @description Level of the sum of all the model's stems minus the mixture, in dB relative to the mixture; null when exactly zero or not yet known.
             */
            null_error_db: number | null;
            /** @description Reason why the job failed, expired or was canceled. */
            error: components["schemas"]["JobError"] | null;
            /**
             * Retry Of
             * @description The job that this one retries.
             */
            retry_of: string | null;
            /**
             * Cached From
             * @description The earlier job whose files were copied, because recording, options and model are the same.
             */
            cached_from: string | null;
            /**
             * Created At
             * Format: date-time
             * @description Time of acceptance.
             */
            created_at: string;
            /**
             * Deadline At
             * @description Requested time after which the result is useless.
             */
            deadline_at: string | null;
            /**
             * Started At
             * @description Time at which a worker claimed the first task.
             */
            started_at: string | null;
            /**
             * Finished At
             * @description Time of the final state.
             */
            finished_at: string | null;
            /**
             * Cancel Requested At
             * @description Time of the cancellation request; the state becomes canceled once all tasks have stopped.
             */
            cancel_requested_at: string | null;
            /**
             * Expires At
             * @description Time at which its files, the recording included, are deleted; null until it has ended.
             */
            expires_at: string | null;
            /**
             * Outputs Expired At
             * @description Time at which its files were deleted; null while they are kept.
             */
            outputs_expired_at: string | null;
        };
        /**
         * Live
         * @description The process responds.
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
             * @description Currently always one.
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
             * @description Name, as in /v1/models.
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
             * @description Whether the licence of the weights allows commercial use; null if the job does not record it.
             * @example true
             */
            commercial_use: boolean | null;
            /**
             * Stems
             * @description The stems of the model, which sum to the mixture.
             * @example [
             *       "vocals",
             *       "instrumental"
             *     ]
             */
            stems: string[];
        };
        /**
         * Model
         * @description A model for jobs, and the permitted use of its results.
         */
        Model: {
            /**
             * Name
             * @description Name of the model.
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
             * @description Description of the model.
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
             * @description Credits and training data.
             */
            credits: string[];
            /**
             * Stems
             * @description Values of a job's `stems`. Without `instrumental`, the mixture minus the vocals, they sum to the mixture.
             * @example [
             *       "vocals",
             *       "instrumental"
             *     ]
             */
            stems: string[];
            /**
             * Sample Rate
             * @description Sample rate of the model in Hz; outputs keep the source's rate.
             * @example 24000
             */
            sample_rate: number;
            /**
             * Qualities
             * @description Denoising steps of each quality; see `quality`.
             */
            qualities: {
                [key: string]: components["schemas"]["Preset"];
            };
            /**
             * Formats
             * @description Values of a job's `format`.
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
             * @description Values of a job's `render`.
             * @example [
             *       "generative",
             *       "masked"
             *     ]
             */
            renders: string[];
        };
        /**
         * NewApiKey
         * @description A new key, with its secret.
         */
        NewApiKey: {
            /**
             * Id
             * @description Id of the key in lists and logs; it gives no access.
             * @example 8r0s1t2v3w4x
             */
            id: string;
            /**
             * Tenant
             * @description Tenant of the key.
             * @example user-8231
             */
            tenant: string;
            /**
             * Name
             * @description Purpose of the key.
             * @example user 8231
             */
            name: string;
            /**
             * Operator
             * @description Whether it may manage keys.
             */
            operator: boolean;
            /** @description Individual limits. */
            limits: components["schemas"]["ApiKeyLimits"];
            /**
             * Created At
             * Format: date-time
             * @description Time of creation.
             */
            created_at: string;
            /**
             * Expires At
             * @description Expiry; null: never.
             */
            expires_at: string | null;
            /**
             * Last Used At
             * @description Time of the last use, to the minute; null: never.
             */
            last_used_at: string | null;
            /**
             * Revoked At
             * @description Time of revocation; null: not revoked.
             */
            revoked_at: string | null;
            /**
             * Key
             * @description The key for `Authorization: Bearer ...`. It is returned only once.
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
             * @description Completed share of the job.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description Time of the event, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /**
             * Stem
             * @description Name of the finished stem.
             */
            stem: string;
            /**
             * Bytes
             * @description Size of the file.
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
             * @description The `id:` line: send the last one as Last-Event-ID to resume.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before reconnecting after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["OutputData"];
        };
        /**
         * Output
         * @description A finished file and its URL.
         */
        Output: {
            /**
             * Stem
             * @description Name of the stem.
             */
            stem: string;
            /**
             * Format
             * @description Format of the file.
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
             * @description SHA-256 of the file, in hex.
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
             * @description Channels of the recording, as far as the format supports them.
             * @example 2
             */
            channels: number;
            /**
             * Samples
             * @description Length per channel after decoding; equals the source's length at the same rate.
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
             * @description Properties of the source that the format could not keep, in words; null if none.
             * @default null
             */
            converted: string | null;
            /**
             * Conversions
             * @description Other formats of a lossless file; empty for a lossy one, and once the files are gone.
             */
            conversions: components["schemas"]["Conversion"][];
            /**
             * Url
             * @description Download URL, relative to this service; redirects to a short-lived URL.
             * @example /v1/jobs/job_01k8rz3v9q5w7x2m4n6p8r0s1t/outputs/vocals
             */
            url: string;
            /**
             * Expires At
             * Format: date-time
             * @description Time at which the file is deleted; download it before.
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
             * @description Completed share of the job.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description Time of the event, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /**
             * Index
             * @description Index of the published piece, from 0; the playlists play from the first one on.
             */
            index: number;
            /**
             * Pieces Published
             * @description Pieces published so far.
             * @example 1
             */
            pieces_published: number;
        };
        /**
         * PieceEvent
         * @description More audio can be played.
         */
        PieceEvent: {
            /**
             * @description The `event:` line. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            event: "piece";
            /**
             * @description The `id:` line: send the last one as Last-Event-ID to resume.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before reconnecting after a lost connection.
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
             * @description Completed share of the job.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description Time of the event, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /**
             * Chunks Total
             * @description Chunks of the track.
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
             * @description The `id:` line: send the last one as Last-Event-ID to resume.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before reconnecting after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["PreparedData"];
        };
        /**
         * Preset
         * @description Sampling of a quality: `steps` denoising steps with stochasticity `eta`, starting at t = `t_start`.
         *
         *     t_start = 1 is pure generation from noise (the paper's setting); below 1 the sampler starts from the conditioner's
         *     noised estimate. Without steps the vocals are the conditioner's estimate itself.
         */
        Preset: {
            /**
             * Steps
             * @description Denoising steps; 0: the conditioner's estimate alone.
             */
            steps: number;
            /**
             * Eta
             * @description Share of noise added per step, 0 to 1.
             * @default 0
             */
            eta: number;
            /**
             * T Start
             * @description Start of the sampler: 1 is pure noise.
             * @default 1
             */
            t_start: number;
        };
        /**
         * Problem
         * @description RFC 9457: the error for programs (`code`, `retryable`) and for people (`detail`).
         */
        Problem: {
            /**
             * Type
             * @description URN of the kind of problem.
             * @example urn:voicelift:problem:not_found
             */
            type: string;
            /**
             * Title
             * @description Short summary of the problem.
             * @example Not found
             */
            title: string;
            /**
             * Status
             * @description HTTP status.
             * @example 404
             */
            status: number;
            /**
             * Detail
             * @description Cause and remedy.
             * @example There is no such job.
             */
            detail: string;
            /**
             * Instance
             * @description Path of the request.
             */
            instance: string;
            /**
             * Code
             * @description Stable, machine-readable code.
             * @example not_found
             */
            code: string;
            /**
             * Request Id
             * @description Id of the request in the logs; quote it in support requests.
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
             * @description The invalid fields, for invalid options.
             * @default null
             */
            errors: components["schemas"]["FieldError"][] | null;
        } & {
            [key: string]: unknown;
        };
        /**
         * Progress
         * @description Progress of a job.
         */
        Progress: {
            /**
             * Chunks Done
             * @description Chunks separated.
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
             * @description Completed share of the job, decoding and encoding included. It never decreases.
             * @example 0.27
             */
            fraction: number;
            /**
             * Eta S
             * @description Estimated seconds until the job is done, from measured rates and the queue. Null without a measurement or a worker, and at the end.
             * @example 21.5
             */
            eta_s: number | null;
        };
        /**
         * RateUsage
         * @description A rate limit of the key.
         */
        RateUsage: {
            /**
             * Limit
             * @description Per minute; null: no limit.
             * @example 6000
             */
            limit: number | null;
            /**
             * Left
             * @description Requests that may follow at once; null: no limit.
             * @example 5999
             */
            left: number | null;
            /**
             * Reset S
             * @description Seconds until the full limit is available.
             * @example 1
             */
            reset_s: number;
        };
        /**
         * Ready
         * @description `ready`: jobs are accepted and executed. `degraded`: they are accepted but wait for a worker.
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
         * SegmentList
         * @description The segments so far.
         */
        SegmentList: {
            /**
             * Segments
             * @description In order; those of the vocals' playlist.
             */
            segments: components["schemas"]["Segment"][];
        };
        /**
         * Segment
         * @description A segment of the vocals.
         */
        Segment: {
            /**
             * Start S
             * @description Start in seconds.
             * @example 6.4
             */
            start_s: number;
            /**
             * Duration S
             * @description Length in seconds.
             * @example 3.2
             */
            duration_s: number;
            /**
             * Confidence
             * @description Expected share of the seconds whose vocals have an SDR of at least 5 dB, calibrated on short excerpts. Null where the vocals are silent; with `render=generative`, `steps` or `eta`; if the model has no calibration; and in jobs of earlier versions.
             * @example 0.93
             */
            confidence: number | null;
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
             * @description Completed share of the job.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description Time of the event, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /**
             * Bytes
             * @description Size of the downloaded recording.
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
             * @description The `id:` line: send the last one as Last-Event-ID to resume.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before reconnecting after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["SourceData"];
        };
        /**
         * Source
         * @description The recording: name and properties.
         */
        Source: {
            /**
             * Filename
             * @description The recording's name, as sent by the client.
             * @example song.mp3
             */
            filename: string;
            /**
             * Url
             * @description URL that it was downloaded from, without the query; null for an upload.
             * @example https://media.example/song.mp3
             */
            url: string | null;
            /**
             * Bytes
             * @description Size of the file; null until it is known.
             * @example 4812345
             */
            bytes: number | null;
            /**
             * Sha256
             * @description SHA-256 of the file, in hex; null until it is known.
             * @example 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
             */
            sha256: string | null;
            /**
             * Container
             * @description Container format. Null until the file has been opened, as are all facts below.
             * @example mp3
             */
            container: string | null;
            /**
             * Codec
             * @description Audio codec.
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
             * @description Seconds of silence that the container states: before audio that starts late, as in a film, and in gaps.
             * @example 0
             */
            filled_s: number | null;
            /**
             * Key
             * @description Tonic and mode, estimated from the first ten minutes; null below 8 s, without notes, and in jobs of earlier versions.
             * @example A minor
             */
            key: string | null;
            /**
             * Key Confidence
             * @description Share of such estimates that are right, 0 to 1.
             * @example 0.72
             */
            key_confidence: number | null;
            /**
             * Tempo Bpm
             * @description Estimated likewise, in beats per minute; may be half or twice the perceived tempo.
             * @example 92
             */
            tempo_bpm: number | null;
            /**
             * Tempo Confidence
             * @description Share of such estimates that are right, 0 to 1.
             * @example 0.95
             */
            tempo_confidence: number | null;
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
             * @description Completed share of the job.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description Time of the event, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /** @description Current stage of the running job. */
            stage: components["schemas"]["Stage"];
        };
        /**
         * StageEvent
         * @description A running job has entered another stage.
         */
        StageEvent: {
            /**
             * @description The `event:` line. (enum property replaced by openapi-typescript)
             * @enum {string}
             */
            event: "stage";
            /**
             * @description The `id:` line: send the last one as Last-Event-ID to resume.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before reconnecting after a lost connection.
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
             * @description Completed share of the job.
             * @example 0.4
             */
            fraction: number;
            /**
             * At
             * @description Time of the event, in seconds since the epoch.
             * @example 1700000004
             */
            at: number;
            /** @description The new state; succeeded, failed, canceled and expired end the stream. */
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
             * @description The `id:` line: send the last one as Last-Event-ID to resume.
             * @example 1700000004000-0
             */
            id?: string;
            /**
             * @description The `retry:` line, of the first event of a stream: milliseconds before reconnecting after a lost connection.
             * @example 2000
             */
            retry?: string;
            /** @description The `data:` line, which is JSON. */
            data: components["schemas"]["StateData"];
        };
        /**
         * Timings
         * @description Durations of a job's parts.
         */
        Timings: {
            /**
             * Queue S
             * @description Wait time: seconds from acceptance to the first task.
             * @default null
             * @example 0.05
             */
            queue_s: number | null;
            /**
             * Prepare S
             * @description Seconds to download, decode and cut the source.
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
         * @description One request to make: PUT these bytes of the file to this URL.
         */
        UploadPart: {
            /**
             * Number
             * @description Part number, from 1.
             * @example 1
             */
            number: number;
            /**
             * Offset
             * @description Offset of this part in the file.
             * @example 0
             */
            offset: number;
            /**
             * Bytes
             * @description Size of this part; the URL accepts no other.
             * @example 33554432
             */
            bytes: number;
            /**
             * Url
             * @description URL for the PUT; it needs no authorization header.
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
         * @description The announced upload.
         */
        UploadRequest: {
            /**
             * Bytes
             * @description Size of the file. The upload URLs accept exactly this size.
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
         * @description An upload and its URLs.
         */
        Upload: {
            /**
             * Upload Id
             * @description Use it as `upload_id` when you create the job.
             * @example upl_01k8rz3v9q5w7x2m4n6p8r0s1t
             */
            upload_id: string;
            /**
             * Bytes
             * @description Announced size.
             * @example 4812345
             */
            bytes: number;
            /**
             * Filename
             * @description Announced name.
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
             * @description URL for the PUT of the whole file; null for several parts.
             */
            url: string | null;
            /**
             * Headers
             * @description Headers of that PUT. HTTP libraries set this one automatically.
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
             * @description URL for a POST after all bytes are sent. Required for several parts; otherwise it only checks.
             * @example /v1/uploads/upl_01k8rz3v9q5w7x2m4n6p8r0s1t/complete
             */
            complete_url: string;
            /**
             * Expires At
             * Format: date-time
             * @description Expiry of the URLs. GET the upload for fresh ones; parts that have arrived stay.
             */
            expires_at: string;
            /**
             * Kept Until
             * Format: date-time
             * @description Time at which the upload is deleted, unless a job has used it.
             */
            kept_until: string;
        };
        /**
         * Usage
         * @description Usage and remaining quotas.
         */
        Usage: {
            /**
             * Tenant
             * @description Tenant of these quotas; all its keys share them.
             * @example default
             */
            tenant: string;
            /**
             * Key Id
             * @description Id of the calling key; null where no key is needed.
             * @example 8r0s1t2v3w4x
             */
            key_id: string | null;
            /** @description Audio quota of this day. */
            audio: components["schemas"]["AudioUsage"];
            /** @description Jobs in flight and in submission. */
            jobs_in_flight: components["schemas"]["CountUsage"];
            /** @description Unused uploads. */
            open_uploads: components["schemas"]["CountUsage"];
            /** @description Requests except submissions. This one counts. */
            requests: components["schemas"]["RateUsage"];
            /** @description New jobs, uploads, retries, and requested webhook deliveries. */
            submissions: components["schemas"]["RateUsage"];
            /** @description Concurrency limits. */
            concurrency: components["schemas"]["Concurrency"];
        };
        /**
         * WebhookSecret
         * @description The secret that verifies the signatures of your webhooks, with the libraries of standardwebhooks.com.
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
             * @description The previous secret, which also signs until it expires; else null.
             */
            previous: string | null;
            /**
             * Previous Expires At
             * @description Expiry of the previous secret.
             */
            previous_expires_at: string | null;
        };
        /**
         * WebhookTestData
         * @description The data of a test event.
         */
        WebhookTestData: {
            /**
             * Message
             * @description Text for people.
             * @example This is a test of your webhook. No job has ended.
             */
            message: string;
        };
        /**
         * WebhookTestRequest
         * @description The receiver of a test event.
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
         * @description Outcome of a test event: it predicts a job's.
         */
        WebhookTest: {
            /**
             * Message Id
             * @description The webhook-id header, equal in all attempts: use it to detect repetitions.
             * @example msg_01k8rz3v9q5w7x2m4n6p8r0s1t
             */
            message_id: string;
            /**
             * Url
             * @description Receiver.
             * @example https://app.example/hooks/voicelift
             */
            url: string;
            /**
             * At
             * Format: date-time
             * @description Time of the attempt.
             */
            at: string;
            /**
             * Seconds
             * @description Duration of the attempt.
             * @example 0.231
             */
            seconds: number;
            /**
             * Outcome
             * @description delivered: the receiver returned 2xx. failed: retried at next_at, if set. refused: the address is not allowed. gone: the receiver returned 410, so there are no retries.
             * @enum {string}
             */
            outcome: "delivered" | "failed" | "refused" | "gone";
            /**
             * Status
             * @description HTTP status of the response, if any.
             * @example 200
             */
            status: number | null;
            /**
             * Detail
             * @description Error, in words.
             * @example no response within 15 s
             */
            detail: string | null;
        };
        /**
         * WebhookTested
         * @description The body of a webhook requested by POST /v1/webhooks/test.
         */
        WebhookTested: {
            /**
             * Type
             * @description Marks a test.
             * @constant
             */
            type: "webhook.test";
            /**
             * Timestamp
             * Format: date-time
             * @description Time of sending.
             */
            timestamp: string;
            /** @description Data without meaning to programs. */
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
                /** @description Maximum number of jobs. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
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
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description Any text that is unique to the job, for example a UUID. If a response got lost, send the same text with the same request again: no second job is created. */
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
            /** @description Accepted: from here on the job survives the crash of any process. */
            202: {
                headers: {
                    /** @description URL of the job. */
                    Location?: string;
                    /** @description true: the job was created by an earlier request with this Idempotency-Key. */
                    "Idempotency-Replayed"?: "true";
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description Any text that is unique to the job, for example a UUID. If a response got lost, send the same text with the same request again: no second job is created. */
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
            /** @description Accepted: from here on the job survives the crash of any process. */
            202: {
                headers: {
                    /** @description URL of the job. */
                    Location?: string;
                    /** @description true: the job was created by an earlier request with this Idempotency-Key. */
                    "Idempotency-Replayed"?: "true";
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description ETag of an earlier response. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Changes whenever the job changes. */
                    ETag?: string;
                    /** @description private, no-cache */
                    "Cache-Control"?: string;
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Changes whenever the job changes. */
                    ETag?: string;
                    /** @description private, no-cache */
                    "Cache-Control"?: string;
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job is deleted, its files within seconds. */
            204: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job stops; its state becomes canceled once all tasks have stopped. */
            202: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description Any text that is unique to the job, for example a UUID. If a response got lost, send the same text with the same request again: no second job is created. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A new job was accepted; `retry_of` names the old one, which is unchanged. */
            202: {
                headers: {
                    /** @description URL of the new job. */
                    Location?: string;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description ETag of an earlier response. */
                "if-none-match"?: string;
            };
            path: {
                /** @description Label of the batch. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description URL of the upload. */
                    Location?: string;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description As returned by POST /v1/uploads. */
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description As returned by POST /v1/uploads. */
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description The same, for clients that cannot set the header. */
                last_event_id?: string;
            };
            header?: {
                /** @description Id of the last received event; EventSource sends it automatically. */
                "Last-Event-ID"?: string;
            };
            path: {
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events from the first one on, or from after Last-Event-ID; the stream ends with the job. */
            200: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
            /** @description The job has ended and its last event was sent: do not reconnect. */
            204: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file, for clients that follow the redirect. It comes from the object storage, without the headers of this service. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": Blob;
                };
            };
            /** @description To a URL that is valid for minutes, supports ranges and names the file. */
            307: {
                headers: {
                    /** @description URL of the file; do not store it. */
                    Location?: string;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file exists. */
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
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A ZIP archive of the files, uncompressed, with the names of single downloads. */
            200: {
                headers: {
                    /** @description Size of the archive. */
                    "Content-Length"?: number;
                    /** @description Names the archive. */
                    "Content-Disposition"?: string;
                    /** @description none */
                    "Accept-Ranges"?: string;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The files exist. */
            200: {
                headers: {
                    /** @description Size of the archive. */
                    "Content-Length"?: number;
                    /** @description Names the archive. */
                    "Content-Disposition"?: string;
                    /** @description none */
                    "Accept-Ranges"?: string;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    downloadConversion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description One of the job's `stems`. */
                stem: string;
                /** @description One of the output's `conversions`. */
                format: "mp3" | "m4a" | "opus";
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file, for clients that follow the redirect. It comes from the object storage, without the headers of this service. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/*": Blob;
                };
            };
            /** @description To a URL that is valid for minutes, supports ranges and names the file. */
            307: {
                headers: {
                    /** @description URL of the file; do not store it. */
                    Location?: string;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    makeConversion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description One of the job's `stems`. */
                stem: string;
                /** @description One of the output's `conversions`. */
                format: "mp3" | "m4a" | "opus";
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file is ready. */
            200: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversion"];
                };
            };
            /** @description The conversion is in progress. Repeat the request after Retry-After. */
            202: {
                headers: {
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Conversion"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    headConversion: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description One of the job's `stems`. */
                stem: string;
                /** @description One of the output's `conversions`. */
                format: "mp3" | "m4a" | "opus";
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file exists. */
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
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getConversionPart: {
        parameters: {
            query: {
                /** @description First byte. */
                from_byte: number;
                /** @description Maximum number of bytes. */
                length: number;
            };
            header?: never;
            path: {
                /** @description One of the job's `stems`. */
                stem: string;
                /** @description One of the output's `conversions`. */
                format: "mp3" | "m4a" | "opus";
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes; fewer where the file ends, none beyond its end. */
            200: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An EVENT playlist of FLAC in fragmented MP4. It grows until EXT-X-ENDLIST. */
            200: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description Name in the playlist. */
                name: string;
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The init segment, or some seconds of FLAC in fragmented MP4. */
            200: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description First row; request only new ones. */
                from_bin?: number;
            };
            header?: never;
            path: {
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Rows of bytes, one row for each 40 ms from `from_bin` on. A row has the peak and the RMS of each stem, in the order of `options.stems`; each is `255 * sqrt(amplitude)`. */
            200: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getConfidence: {
        parameters: {
            query?: {
                /** @description First segment; request only new ones. */
                from_segment?: number;
            };
            header?: never;
            path: {
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SegmentList"];
                };
            };
            /** @description Unauthorized */
            401: {
                headers: {
                    /** @description Bearer (RFC 6750). */
                    "WWW-Authenticate"?: string;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
                    "X-Request-ID"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revokeJobTokens: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All existing tokens of the job are invalid. */
            204: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description Any text of your choice. Within an hour the same text and URL get the same response, and no second event is sent. */
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
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description As returned by POST /v1/jobs. */
                job_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is sent within seconds. The response lists the attempts so far. */
            202: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description Maximum number of keys. */
                limit?: number;
                /** @description `next_cursor` of the previous page. */
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
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description As returned at its creation. */
                key_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The key is revoked. It stays in the list. */
            204: {
                headers: {
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Seconds to wait before polling again. */
                    "Retry-After"?: number;
                    /** @description Requests of this kind per minute. */
                    "RateLimit-Limit"?: number;
                    /** @description Requests that may follow at once. */
                    "RateLimit-Remaining"?: number;
                    /** @description Seconds until the full limit is available. */
                    "RateLimit-Reset"?: number;
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                    /** @description Id of this request in the logs of the service. An X-Request-ID of the request is kept. */
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
                /** @description Id of the message, equal in all attempts: use it to detect repetitions. */
                "webhook-id": string;
                /** @description Time of this attempt, in seconds since the epoch. */
                "webhook-timestamp": string;
                /** @description `v1,` and the signature in base64; several, separated by spaces, while a secret is replaced. */
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
            /** @description Not wanted: no further attempts. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Received: no further attempts. */
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
                /** @description Id of the message, equal in all attempts: use it to detect repetitions. */
                "webhook-id": string;
                /** @description Time of this attempt, in seconds since the epoch. */
                "webhook-timestamp": string;
                /** @description `v1,` and the signature in base64; several, separated by spaces, while a secret is replaced. */
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
            /** @description Not wanted: no further attempts. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Received: no further attempts. */
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
                /** @description Id of the message, equal in all attempts: use it to detect repetitions. */
                "webhook-id": string;
                /** @description Time of this attempt, in seconds since the epoch. */
                "webhook-timestamp": string;
                /** @description `v1,` and the signature in base64; several, separated by spaces, while a secret is replaced. */
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
            /** @description Not wanted: no further attempts. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Received: no further attempts. */
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
                /** @description Id of the message, equal in all attempts: use it to detect repetitions. */
                "webhook-id": string;
                /** @description Time of this attempt, in seconds since the epoch. */
                "webhook-timestamp": string;
                /** @description `v1,` and the signature in base64; several, separated by spaces, while a secret is replaced. */
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
            /** @description Not wanted: no further attempts. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Received: no further attempts. */
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
                /** @description Id of the message, equal in all attempts: use it to detect repetitions. */
                "webhook-id": string;
                /** @description Time of this attempt, in seconds since the epoch. */
                "webhook-timestamp": string;
                /** @description `v1,` and the signature in base64; several, separated by spaces, while a secret is replaced. */
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
            /** @description Not wanted: no further attempts. */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Received: no further attempts. */
            "2XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
}
