'use strict';

require('./start.cjs')('export');
