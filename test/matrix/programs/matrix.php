<?php
// The matrix's cases with PHP's curl and its HTTP streams: matrix.php CASE BASE FILE
[, $what, $base, $path] = $argv;
$curl = curl_init();

function show(int $status, string $body): void
{
    echo $status, ' ', strlen($body), ' ', substr(hash('sha256', $body), 0, 12), "\n";
}

function call(string $method, string $target, ?string $content = null): void
{
    global $curl, $base;
    curl_setopt_array($curl, [
        CURLOPT_URL => $base . $target,
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 30,
        CURLOPT_POSTFIELDS => $content ?? '',
    ]);
    $body = curl_exec($curl);
    show(curl_getinfo($curl, CURLINFO_RESPONSE_CODE), (string) $body);
}

match ($what) {
    'get' => array_map(fn ($target) => show(200, file_get_contents($base . $target)), ['/get', '/large', '/empty']),
    'post' => call('POST', '/post', file_get_contents($path)),
    'refusal' => [call('POST', '/unauthorized', str_repeat('x', 1000)), call('GET', '/after')],
    'big-refusal' => [call('POST', '/too-large', file_get_contents($path)), call('GET', '/after')],
    'idle' => [call('GET', '/one'), usleep(1200000), call('GET', '/two')],
    'stream' => array_map(fn ($target) => show(200, file_get_contents($base . $target)), ['/stream', '/events']),
};
