-- idempotency key, who asks. {job, fingerprint}: the key has made a job; {'busy'}: another is at it; {}: go on. While
-- the asker is at it, it asks again in time, which renews its claim.
local PENDING_S = 30
local key, owner = A[1], A[2]
local known = redis.call('HMGET', key, 'job', 'fingerprint', 'owner')
if known[1] then return {known[1], known[2]} end
if known[3] and known[3] ~= owner then return {'busy'} end
redis.call('HSET', key, 'owner', owner)
redis.call('EXPIRE', key, PENDING_S)
return {}
