export const id = 168;
export const ids = [168];
export const modules = {

/***/ 72168:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   throughActService: () => (/* binding */ throughActService)
/* harmony export */ });
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(37067);
/* harmony import */ var node_stream_consumers__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(38321);


/**
 * Runs something with an artifact service that stands between @actions/artifact and act's. What act 0.2.87 has fails
 * in three ways: it refuses fields it does not know (`mime_type`, https://github.com/nektos/act/issues/6022), signs
 * upload URLs with a bare `=`, which the Azure client takes off (https://github.com/nektos/act/issues/6021), and
 * breaks the connection instead of listing nothing.
 *
 * @param service what `ACTIONS_RESULTS_URL` names.
 */
async function throughActService(service, action) {
    const server = (0,node_http__WEBPACK_IMPORTED_MODULE_0__.createServer)((request, response) => {
        forward(service, request, response).catch((error) => response.writeHead(502).end(String(error)));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env['ACTIONS_RESULTS_URL'] = `http://127.0.0.1:${server.address().port}/`;
    try {
        return await action();
    }
    finally {
        process.env['ACTIONS_RESULTS_URL'] = service;
        await close(server);
    }
}
/** Uploads and downloads go straight to act, whose URLs name it. */
async function forward(service, request, response) {
    const { mime_type: _, mimeType: __, ...fields } = JSON.parse(await (0,node_stream_consumers__WEBPACK_IMPORTED_MODULE_1__.text)(request));
    let answer;
    try {
        answer = await fetch(new URL(request.url, service), {
            method: 'POST',
            headers: { 'content-type': 'application/json', authorization: request.headers.authorization ?? '' },
            body: JSON.stringify(fields),
        });
    }
    catch (error) {
        if (!request.url.endsWith('/ListArtifacts'))
            throw error;
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"artifacts":[]}');
        return;
    }
    const body = (await answer.text()).replace(/(?<=[?&]sig=[\w-]+)=+(?=&)/g, (bare) => bare.replaceAll('=', '%3D'));
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(body);
}
function close(server) {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
}


/***/ })

};
