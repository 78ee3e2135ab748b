-- id, tenant, url, seconds that it is known, seconds that it is waited for. 1: the test event is to be sent, or was;
-- 0: the id is that of another address. One that nobody sent in time, or whose courier died, is to be sent when it is
-- asked for again.
local trial = key('webhook_trial', A[1])
local known = redis.call('HMGET', trial, 'url', 'sent', 'asked_at')
if known[1] and known[1] ~= A[3] then return 0 end
if known[1] and (known[2] or now - tonumber(known[3]) < tonumber(A[5])) then return 1 end
redis.call('HSET', trial, 'tenant', A[2], 'url', A[3], 'asked_at', now)
redis.call('EXPIRE', trial, A[4])
redis.call('RPUSH', key('webhook_trials'), A[1])
return 1
