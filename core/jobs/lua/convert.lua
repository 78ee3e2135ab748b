-- job, index, most songs of a tenant that may wait. Returns 1: made or enqueued; 0: files of the job are deleted;
-- -1: too many songs wait.
local job, index, most = A[1], A[2], tonumber(A[3])
if not is_downloadable(job) then return 0 end
if redis.call('HEXISTS', job_key(job, 'done'), 'convert:' .. job .. ':' .. index) == 1 then return 1 end
local ring = key('lane_jobs', 'convert', get(job, 'tenant'))
if not redis.call('ZSCORE', ring, job) and redis.call('ZCARD', ring) >= most then return -1 end
enqueue('convert', job, index)
return 1
